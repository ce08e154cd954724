// Python in a worker, with what the front page needs and no more.
import { loadPyodide } from './static/pyodide/pyodide.mjs';

const home = new URL('./static/pyodide/', self.location.href).href;
const packages = ['job-chaining-lesson', 'rq', 'arq', 'fakeredis', 'abstra-lua'];
const ready = (async () => {
  const python = await loadPyodide({ indexURL: home, packages });
  await python.runPythonAsync('from lesson_code.lab.browser import front');
  postMessage('{"ready": true}');
  return python;
})();
const fail = error => postMessage(JSON.stringify({ failed: String(error) }));
ready.catch(fail);
addEventListener('unhandledrejection', ({ reason }) => fail(reason));
onmessage = async ({ data: [call, words] }) => {
  const python = await ready;
  python.globals.set('words', words);
  postMessage(await python.runPythonAsync(`front.${call}(words)`));
};
