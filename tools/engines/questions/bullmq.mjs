// BullMQ: FlowProducer; C has the child B, which has the child A. One worker, its defaults.
// A job asks for what its children returned: job.getChildrenValues(). The worker closes on SIGTERM,
// as BullMQ's documentation says ("Graceful shutdown"); without a handler Node.js ends at once.
// node bullmq.mjs COMMAND '[ARGUMENT, …]' prints what the command returned, as JSON.
import { createRequire } from 'module'
import fs from 'fs'
import path from 'path'

const { QUESTIONS_URL, QUESTIONS_NOTES, QUESTIONS_HOME } = process.env
const { FlowProducer, Job, Queue, Worker } = createRequire(QUESTIONS_HOME + '/package.json')('bullmq')
const queueName = 'questions'
const connection = { url: QUESTIONS_URL, maxRetriesPerRequest: null }
const GIVEN = { None: null, tuple: [1, 2], dict: { x: 1 } }
const MENDED = path.join(path.dirname(QUESTIONS_NOTES), 'mended')
const WORK = 5 // seconds that a slow job works in its first run

function note(job, ...got) {
  const call = `${job}(${got.map(one => JSON.stringify(one)).join(', ')})`
  const at = Number(process.hrtime.bigint()) / 1e9 // the clock of Python's time.monotonic()
  fs.appendFileSync(QUESTIONS_NOTES, JSON.stringify({ job, call, pid: process.pid, at }) + '\n')
}

function broken() {
  if (!fs.existsSync(MENDED)) throw new Error('it is broken')
}

const values = async job => Object.values(await job.getChildrenValues())

const TASKS = {
  a: async () => { note('a'); return 'a' },
  b: async job => { note('b', ...await values(job)); broken(); return 'b' },
  slow: async job => {
    note('b', ...await values(job))
    const runs = fs.readFileSync(QUESTIONS_NOTES, 'utf8').split('"job":"b"').length - 1
    await new Promise(done => setTimeout(done, runs === 1 ? WORK * 1000 : 0))
    note('b ended')
    return 'b'
  },
  c: async job => note('c', ...job.data.which ? [job.data.which] : await values(job)),
  step: async () => note('c'),
  part: async job => { note('part'); if (job.data.number) broken(); return job.data.number },
  give: async job => { note('give'); return GIVEN[job.data.kind] },
}

const job = (name, children = [], data = {}) => ({ name, queueName, data, children })

async function add(flow) {
  const tree = await new FlowProducer({ connection }).add(flow)
  return { b: tree.children?.[0]?.job.id, c: tree.job.id }
}

const queue = () => new Queue(queueName, { connection })

const COMMANDS = {
  fails: () => add(job('c', [job('b', [job('a')])])),
  slow_chain: () => add(job('c', [job('slow', [job('a')])])),
  join: async () => {
    const { c } = await add(job('c', [job('part', [], { number: 0 }), job('part', [], { number: 1 })]))
    return { c }
  },
  empty: async () => { await add(job('c')) },
  hand: async kind => {
    await add(job('c', [job('give', [], { kind })]))
    return { asks: 'getChildrenValues()' }
  },
  same: async which => { await queue().add('c', { which }, { jobId: 'same' }); return null },
  hundred: async steps => {
    let flow = job('step')
    for (let at = 1; at < steps; at++) flow = job('step', [flow])
    await add(flow)
  },
  seen: async ids => {
    const states = { how: 'job.getState()' }
    for (const [name, id] of Object.entries(ids)) {
      states[name] = await (await Job.fromId(queue(), id)).getState()
    }
    return states
  },
  again: async ids => {
    await (await Job.fromId(queue(), ids.b)).retry('failed')
    return { call: "job.retry('failed')" }
  },
}

const [, , command, words] = process.argv
if (command === 'worker') {
  const worker = new Worker(queueName, job => TASKS[job.name](job), { connection })
  worker.on('error', error => console.error(String(error)))
  process.on('SIGTERM', async () => { await worker.close(); process.exit(0) })
} else {
  console.log(JSON.stringify(await COMMANDS[command](...JSON.parse(words)) ?? null))
  process.exit(0)
}
