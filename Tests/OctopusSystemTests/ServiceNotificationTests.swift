import Glibc
import OctopusSystem
import TestSupport
import Testing

/// Notifications of a supervisor, as sd_notify(3) has them.
@Suite struct ServiceNotificationTests {
  @Test(arguments: ["path", "abstract"])
  func sendReachesTheSupervisorsSocket(_ kind: String) throws {
    let directory = try TemporaryDirectory()
    let name = kind == "path" ? directory.path + "/notify" : "@" + directory.path
    let socket = Descriptor(owning: Glibc.socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue), 0))
    let address = try #require(UnixAddress(name))
    let isBound = address.withPointer { bind(socket.number, $0, $1) } == 0
    #expect(isBound)
    let environment = Environment(["NOTIFY_SOCKET": name])
    ServiceNotification.ready.send(environment)
    ServiceNotification.stopping.send(environment)
    var received: [String] = []
    for _ in 0..<2 {
      var buffer = [UInt8](repeating: 0, count: 100)
      let count = recv(socket.number, &buffer, buffer.count, CInt(MSG_DONTWAIT))
      received.append(String(decoding: buffer.prefix(max(0, count)), as: UTF8.self))
    }
    #expect(received == ["READY=1", "STOPPING=1"])
  }

  @Test func sendWithoutASupervisorDoesNothing() {
    ServiceNotification.ready.send(Environment([:]))
    ServiceNotification.ready.send(Environment(["NOTIFY_SOCKET": "/tmp/no such/socket"]))
    ServiceNotification.ready.send(Environment(["NOTIFY_SOCKET": "relative"]))
  }
}
