import CPlatform
import Glibc
import Testing

@testable import OctopusServer

/// What the server asks of the system around it.
@Suite struct HostTests {
  @Test(arguments: ["path", "abstract"]) func systemdIsToldWhenItIsReady(_ kind: String) throws {
    let folder = TemporaryFolder()
    let name = kind == "path" ? folder.path + "/notify" : "@" + folder.path
    let socket = Descriptor(owning: platform_datagram_socket())
    let address = try #require(UnixAddress(name))
    let isBound = address.withPointer { bind(socket.number, $0, $1) } == 0
    #expect(isBound)
    ServiceNotice.ready.send(["NOTIFY_SOCKET": name])
    ServiceNotice.stopping.send(["NOTIFY_SOCKET": name])
    var heard: [String] = []
    for _ in 0..<2 {
      var buffer = [UInt8](repeating: 0, count: 100)
      let count = recv(socket.number, &buffer, buffer.count, Int32(MSG_DONTWAIT))
      heard.append(String(decoding: buffer.prefix(max(0, count)), as: UTF8.self))
    }
    #expect(heard == ["READY=1", "STOPPING=1"])
  }

  @Test func sizesAreReadAsRedisReadsThem() {
    for (text, bytes) in [
      ("0", 0), ("1024", 1_024), ("7b", 7), ("1k", 1_000), ("1kb", 1_024), ("3M", 3_000_000),
      ("512mb", 512 << 20), ("2G", 2_000_000_000), ("2Gb", 2 << 30), ("1tb", 1 << 40),
      ("9223372036854775807", .max),
    ] { #expect(ByteCount.parse(text) == bytes, "\(text)") }
    for text in [
      "", "b", "kb", "-1", "+1", "1.5gb", "1 mb", " 1", "1kbb", "1e3", "9223372036854775808",
      "8388608tb", "0x10", "x", "¹",
    ] { #expect(ByteCount.parse(text) == nil, "\(text)") }
  }

  @Test func nobodyNeedsToListen() {
    ServiceNotice.ready.send([:])
    ServiceNotice.ready.send(["NOTIFY_SOCKET": "/tmp/no such/socket"])
    ServiceNotice.ready.send(["NOTIFY_SOCKET": "relative"])
  }
}
