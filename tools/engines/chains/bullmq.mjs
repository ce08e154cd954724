// BullMQ: node bullmq.mjs work|enqueue|probe URL; ENVIRONMENT is the folder with its node_modules.
import { createRequire } from 'module'
import fs from 'fs'

const require = createRequire(process.env.ENVIRONMENT + '/package.json')
const { Worker, Queue, FlowProducer } = require('bullmq')
const [, , what, url] = process.argv
const connection = { host: '127.0.0.1', port: +new URL(url).port, maxRetriesPerRequest: null }
const queueName = 'chain'
const effect = name => fs.appendFileSync(process.env.EFFECTS, `${name} ${process.pid}\n`)
const job = (name, children) =>
  ({ name, queueName, opts: { attempts: 3, jobId: name }, children })

if (what === 'work') {
  const waits = process.env.ROUND === '0' ? {} : { stalledInterval: 500 }
  const options = { connection, concurrency: 1, ...waits }
  const worker = new Worker(queueName, async job => effect(job.name), options)
  worker.on('error', error => console.log(String(error)))
  process.on('SIGTERM', async () => { await worker.close(); process.exit(0) }) // as its manual says
} else {
  if (what === 'probe') await new Queue(queueName, { connection }).add('p', {})
  else await new FlowProducer({ connection }).add(job('c', [job('b', [job('a')])]))
  process.exit(0)
}
