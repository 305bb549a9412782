import OctopusSystem
import Testing

/// What options and variables of the environment mean.
@Suite struct CommandLineTests {
  @Test func byteCountHasTheSuffixesOfRedis() {
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

  @Test func hostAndPortSplitsAtTheLastColon() {
    for (text, host, port) in [
      ("127.0.0.1:6390", "127.0.0.1", 6_390), (":0", "", 0), ("[::1]:65535", "::1", 65_535),
      ("::1:80", "::1", 80), ("host:080", "host", 80),
    ] as [(String, String, UInt16)] {
      let address = HostAndPort(text)
      #expect(address?.host == host && address?.port == port, "\(text)")
    }
    for text in ["", "host", "host:", "host:-1", "host:65536", "host:x", "host: 1", "[::1]"] {
      #expect(HostAndPort(text) == nil, "\(text)")
    }
  }

  @Test func socketOfTheEnvironmentComesBeforeTheDefaults() {
    func paths(_ variables: [String: String]) -> [String] {
      DefaultSocket.paths(Environment(variables))
    }
    let system = "/run/octopus/octopus.sock"
    #expect(paths([:]) == [system])
    #expect(paths(["OCTOPUS_SOCKET": "/x", "XDG_RUNTIME_DIR": "/run/user/7"]) == ["/x"])
    #expect(paths(["XDG_RUNTIME_DIR": "/run/user/7"]) == ["/run/user/7/octopus.sock", system])
    #expect(paths(["XDG_RUNTIME_DIR": "user", "OCTOPUS_SOCKET": ""]) == [system])
  }
}
