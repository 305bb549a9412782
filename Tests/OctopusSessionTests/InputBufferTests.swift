import Generators
import Glibc
import Testing

@testable import OctopusSession

/// The input buffer loses and changes no byte, however bytes come and go.
@Suite struct InputBufferTests {
  /// Sends 0, 1, … 250, 0, … in pieces, and takes it in others.
  @Test func bytesComeOutInOrder() throws {
    var random = Random()
    print("InputBufferTests: OCTOPUS_TEST_SEED=\(random.seed)")
    // The same from every place that is a multiple of 251.
    let stream = (0..<300_000).map { UInt8($0 % 251) }
    func piece(from place: Int, _ count: Int) -> ArraySlice<UInt8> {
      stream[(place % 251)...].prefix(count)
    }
    for _ in 0..<50 {
      let (near, far) = try pair()
      defer {
        close(near)
        close(far)
      }
      var buffer = InputBuffer(capacity: Int.random(in: 0...100, using: &random))
      var lent = InputBuffer(capacity: Int.random(in: 100...60_000, using: &random))
      var sent = 0
      var taken = 0
      for _ in 0..<100 {
        let said = piece(from: sent, Int.random(in: 1...50_000, using: &random))
        sent += max(
          0, said.withUnsafeBytes { send(far, $0.baseAddress, $0.count, CInt(MSG_DONTWAIT)) })
        while lent.fill({ recv(near, $0.baseAddress, $0.count, CInt(MSG_DONTWAIT)) }) > 0 {
          buffer.append(lent)
          lent.removeAll()
        }
        #expect(buffer.count == sent - taken)
        let some = Int.random(in: 0...buffer.count, using: &random)
        buffer.take { bytes in
          let expected = piece(from: taken, bytes.count)
          let isRight =
            expected.count == bytes.count
            && expected.withUnsafeBytes { expected in
              bytes.isEmpty || memcmp(expected.baseAddress!, bytes.baseAddress!, bytes.count) == 0
            }
          #expect(isRight)
          return some
        }
        taken += some
        if Bool.random(using: &random) { buffer = buffer.compacted() }
        guard Int.random(in: 0..<10, using: &random) == 0 else { continue }
        buffer.removeAll()
        taken = sent
      }
    }
  }

  @Test func bytesBehindARequestThatWaitsTakeAsMuchMemoryAsTheyAre() {
    var lent = InputBuffer(capacity: InputBuffer.readBytes)
    var buffer = InputBuffer()
    for byte in 0..<10 {
      let count = lent.fill { memory in
        memory[0] = UInt8(byte)
        return 1
      }
      #expect(count == 1)
      buffer.append(lent)
      lent.removeAll()
    }
    #expect(buffer.count == 10 && buffer.capacity < 32)
  }

  private func pair() throws -> (CInt, CInt) {
    var ends: [CInt] = [-1, -1]
    let kind = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
    try #require(socketpair(AF_UNIX, kind, 0, &ends) == 0)
    return (ends[0], ends[1])
  }
}
