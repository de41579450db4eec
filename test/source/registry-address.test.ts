import { describe, expect, test } from 'vitest'
import { parseRepository } from '../../src/oci/reference.ts'
import { addressKind, apiOrigin, apiUrl, mayFollow } from '../../src/source/registry-address.ts'

const https = (): boolean => false

test('the origin of a registry: loopback over plain HTTP, the rest over HTTPS unless told otherwise', () => {
  expect(apiOrigin('docker.io', https)).toBe('https://registry-1.docker.io')
  expect(apiOrigin('registry.example:5000', https)).toBe('https://registry.example:5000')
  for (const host of ['localhost:5000', '127.0.0.1:5000', '127.9.9.9', '[::1]:5000']) expect(apiOrigin(host, https)).toBe(`http://${host}`)
  expect(apiOrigin('registry.lan:5000', () => true)).toBe('http://registry.lan:5000')
  expect(apiOrigin('127.0.0.1.example', https)).toBe('https://127.0.0.1.example')
})

test('a path is the repository\'s', () => {
  expect(apiUrl('https://a.example', parseRepository('a.example/b/c'), 'manifests/v1').href).toBe('https://a.example/v2/b/c/manifests/v1')
})

describe('T52: every spelling of an address is judged as what it is', () => {
  test.each([
    ['http://127.1/', 'loopback'], ['http://0x7f.1/', 'loopback'], ['http://2130706433/', 'loopback'], ['http://0177.0.0.1/', 'loopback'], ['http://127.0.0.1./', 'loopback'],
    ['http://１２７.０.０.１/', 'loopback'], ['http://LOCALHOST/', 'loopback'], ['http://localhost./', 'loopback'], ['http://a.localhost/', 'loopback'], ['http://[::1]/', 'loopback'],
    ['http://[0:0:0:0:0:0:0:1]/', 'loopback'], ['http://[::ffff:127.0.0.1]/', 'loopback'], ['http://[::127.0.0.1]/', 'loopback'], ['http://[64:ff9b::7f00:1]/', 'loopback'], ['http://[2002:7f00:1::]/', 'loopback'],
    ['http://0.0.0.0/', 'reserved'], ['http://0/', 'reserved'], ['http://[::]/', 'reserved'], ['http://169.254.169.254/', 'reserved'], ['http://0xa9fea9fe/', 'reserved'], ['http://[::ffff:a9fe:a9fe]/', 'reserved'],
    ['http://[fe80::1]/', 'reserved'], ['http://[ff02::1]/', 'reserved'], ['http://224.0.0.1/', 'reserved'], ['http://255.255.255.255/', 'reserved'], ['http://198.18.0.1/', 'reserved'],
    ['http://10.0.0.1/', 'private'], ['http://172.16.0.1/', 'private'], ['http://172.31.255.255/', 'private'], ['http://192.168.0.1/', 'private'], ['http://100.100.100.200/', 'private'],
    ['http://[fd00:ec2::254]/', 'private'], ['http://[::ffff:10.0.0.1]/', 'private'], ['http://metadata/', 'private'], ['http://metadata.google.internal/', 'private'], ['http://printer.local/', 'private'],
    ['http://172.15.0.1/', 'public'], ['http://172.32.0.1/', 'public'], ['http://100.128.0.1/', 'public'], ['http://8.8.8.8/', 'public'], ['http://[2606:4700::1111]/', 'public'], ['http://[64:ff9b::808:808]/', 'public'],
    ['http://registry.example/', 'public'], ['http://127.0.0.1.example/', 'public'], ['http://10.example/', 'public'],
  ])('%s is %s', (url, kind) => {
    expect(addressKind(new URL(url).hostname)).toBe(kind)
  })
})

test('what a registry points to', () => {
  expect(mayFollow(new URL('https://cdn.example/'), 'https://registry.example')).toBe(true)
  expect(mayFollow(new URL('http://cdn.example/'), 'https://registry.example')).toBe(false)
  expect(mayFollow(new URL('http://127.0.0.1:9/'), 'http://localhost:5000')).toBe(true)
  expect(mayFollow(new URL('http://10.0.0.1/'), 'http://localhost:5000')).toBe(false)
  expect(mayFollow(new URL('https://name@cdn.example/'), 'https://registry.example')).toBe(false)
})
