// The front page: what is typed goes to Python in a worker, and what it shows comes back.
const at = id => document.getElementById(id);
const able = 'Suspending' in WebAssembly;
at(able ? 'yes' : 'no').hidden = false;
if (able) start();

function start() {
  const python = new Worker('python.js', {type: 'module'});
  const ask = (call, words, busy) => {
    at('says').textContent = busy;
    for (const button of document.querySelectorAll('button')) button.disabled = true;
    python.postMessage([call, words]);
  };
  const button = (words, key) => {
    const one = document.createElement('button');
    one.textContent = words;
    one.onclick = () => ask('move', key, '…');
    at('moves').append(one);
  };
  python.onmessage = ({data}) => {
    const {ready, error, shown, printed = '', says = '', moves} = JSON.parse(data);
    for (const one of document.querySelectorAll('button')) one.disabled = false;
    at('moves').replaceChildren();
    if (ready) return ask('run', at('code').value, 'A worker works …');
    at('kill').disabled = Boolean(error);
    at('says').innerHTML = error ? '' : says || 'Change a line, and run it again.';
    at('shown').innerHTML = shown ?? '';
    at('printed').textContent = error ?? printed;
    if (!moves) return;
    for (const [key, words] of moves) button(words, key);
    button('to the end', 'end');
    button('undo', 'undo');
    button('again', 'again');
  };
  python.onerror = event => { at('says').textContent = `It did not start: ${event.message}`; };
  at('run').onclick = () => ask('run', at('code').value, 'A worker works …');
  at('kill').onclick = () => ask('move', 'look', '…');
}
