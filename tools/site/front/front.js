// The front page: what is typed goes to Python in a worker, and what it shows comes back.
const at = id => document.getElementById(id);
const able = 'Suspending' in WebAssembly;
at('yes').hidden = at('says').hidden = !able;
at('no').hidden = able;
at('shown').onclick = ({target}) => { // a click on a job's box opens it
  const jobs = [...at('shown').querySelectorAll('details')];
  const job = jobs.find(one => one.dataset.job === target.dataset.box);
  if (job) job.open = !job.open;
};
if (able) start();

function start() {
  const python = new Worker('python.js', {type: 'module'});
  let ready = false, asked = '', pressed = null;
  const say = (html, busy = false) => {
    at('says').innerHTML = html;
    at('says').classList.toggle('busy', busy);
  };
  const enable = on => { at('run').disabled = at('kill').disabled = !on; };
  const ask = (call, words, busy) => {
    asked = busy;
    pressed = document.activeElement.dataset.key;
    say(ready ? busy : 'Python is still loading. After that, your click counts.', true);
    for (const button of document.querySelectorAll('#yes, #moves, #controls')) {
      for (const one of button.children) one.disabled = true;
    }
    python.postMessage([call, words]);
  };
  const button = (words, key, able = true, look = '') => {
    const one = document.createElement('button');
    one.textContent = words;
    one.className = look;
    one.dataset.key = key;
    one.disabled = !able;
    one.onclick = () => ask('move', key, 'Replaying the run …');
    return one;
  };
  const show = ({error, shown = '', printed = '', says = '', chosen = '', moves, can}) => {
    say(error ? 'The lines raised an error.' : says || 'Change a line, and run it again.');
    at('chosen').innerHTML = chosen;
    at('shown').innerHTML = shown;
    at('printed').textContent = error ?? printed;
    at('moves').replaceChildren();
    at('controls').replaceChildren();
    enable(true);
    if (!moves) return;
    const {'': goOn, f = 'fail', d, ...others} = moves;
    at('moves').append(
      button('▶ go on', '', goOn !== undefined, 'good'),
      button('† crash here', 'd', d !== undefined, 'bad'),
      button(`✗ ${f}`, 'f', 'f' in moves, 'bad'), // the last, so that its width moves no other
      ...Object.entries(others).map(([key, words]) => button(`⇄ ${words}`, key)),
    );
    at('controls').append(
      button('◀ back', 'back', can.back),
      button('↶ undo the last choice', 'undo', can.undo),
      button('|◀ to the start', 'again', can.back),
      button('▶▶ to the end', 'end', can.end),
    );
  };
  // A button that was pressed is disabled meanwhile, or replaced: the focus goes back to it.
  const focus = () => {
    if (document.activeElement !== document.body || pressed === undefined) return;
    const same = document.querySelector(`[data-key="${pressed}"]:enabled`);
    (same ?? document.querySelector('#moves :enabled, #controls :enabled') ?? at('run')).focus();
  };
  python.onmessage = ({data}) => {
    const told = JSON.parse(data);
    if (told.failed) return fail(told.failed);
    if (told.ready) {
      ready = true;
      return asked ? say(asked, true) : say('Python is ready.');
    }
    show(told);
    focus();
  };
  const fail = why => {
    say(`Python ${ready ? 'has stopped' : 'did not start'}. Load this page again.`);
    at('printed').textContent = why;
    enable(false);
  };
  python.onerror = event => fail(event.message ?? '');
  at('run').onclick = () => ask('run', at('code').value, 'A worker works …');
  at('kill').onclick = () => ask('crash', at('code').value, 'A worker works …');
  say('Python is loading (about ten seconds). You can click now: it starts by itself.', true);
  enable(true);
}
