import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { handle } from './http-app.ts'

// a process of its own, so that its CPU is the server's alone
const server = createAdaptorServer({ fetch: (request) => handle(request, process.env) }) as Server
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
