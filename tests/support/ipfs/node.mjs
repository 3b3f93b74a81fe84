// One js-ipfs node for tests: no bootstrap, no discovery, loopback only. Prints {id, api, swarm} as one line when it answers, and
// ends when its standard input does, so that it never outlives the test that started it.
Promise.withResolvers ??= () => {
  const made = {}
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }))
  return made
}
const { create } = await import('ipfs-core')
const { HttpApi } = await import('ipfs-http-server')

const quiet = { Enabled: false }
const node = await create({
  repo: process.argv[2],
  silent: true,
  init: { emptyRepo: true, algorithm: 'Ed25519' },
  relay: { enabled: false },
  config: {
    Addresses: { Swarm: ['/ip4/127.0.0.1/tcp/0'], API: '/ip4/127.0.0.1/tcp/0', Gateway: '', Delegates: [] },
    Bootstrap: [],
    Discovery: { MDNS: quiet, webRTCStar: quiet },
    Routing: { Type: 'none' }
  }
})
const api = new HttpApi(node)
await api.start()
const { id, addresses } = await node.id()
const uri = api._apiServers[0].info.uri
process.stdout.write(JSON.stringify({ id: id.toString(), api: uri, swarm: addresses.map(String) }) + '\n')

const end = () => process.exit(0)
process.stdin.on('end', end).on('error', end).resume()
