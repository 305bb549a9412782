// Service discovery: servers register records, and clients find them by their attributes.
//
//     octopusd &
//     swift run service-discovery serve 8080 & swift run service-discovery serve 8081 &
//     swift run service-discovery find
//     octopus set shutdown                              # ends the servers

import Octopus

let arguments = Array(CommandLine.arguments.dropFirst())
let octopus = try await OctopusClient.connect()

switch (arguments.first, arguments.last.flatMap { Int64($0) }) {
case ("serve", let port?):
  // Each server gets a name of its own: `web_0`, `web_1`. The record goes with the process.
  let service = try await octopus.register(
    "web_ { kind: 'web', port: \(port), state: 'starting' }", numbered: true)
  // … open the socket, then:
  try await service.update(["state": "ready"])
  print("serving on port \(port) as \(service.record.name)")
  try await octopus.waitFor("shutdown")
  try await service.withdraw()
case ("find", _):
  // Waits until there is one.
  let web = try await octopus.lookUp("_ { kind: 'web', state: 'ready' }", within: .seconds(30))
  print("found \(web)")
default:
  print("usage: service-discovery serve PORT | find")
}
octopus.close()
