import Dispatch
import Glibc
import OctopusSystem
import TestSupport
import Testing

/// Handlers that are called when a descriptor can be read.
@Suite struct ReadSourceTests {
  private let reading: CInt
  private let writing: CInt
  private let calls = Awaitable(0)
  private let isClosed = Awaitable(false)

  init() throws {
    var ends: [CInt] = [0, 0]
    try #require(pipe(&ends) == 0)
    (reading, writing) = (ends[0], ends[1])
  }

  private func source(_ handler: @escaping @Sendable (ReadSource) -> Void) -> ReadSource {
    let (reading, isClosed, calls) = (reading, isClosed, calls)
    return ReadSource(
      reading, DispatchQueue(label: "test"),
      onCancel: {
        close(reading)
        isClosed.change { $0 = true }
      },
      handler: { source in
        handler(source)
        calls.change { $0 += 1 }
      })
  }

  @Test func pausedSourceIsCalledAgainAfterResume() async throws {
    var source: ReadSource? = source { $0.pause() }
    #expect(write(writing, "x", 1) == 1)
    await calls.wait { $0 == 1 }
    source?.resume()
    await calls.wait { $0 == 2 }
    // Also while it is paused, its release closes the descriptor.
    source = nil
    await isClosed.wait { $0 }
    close(writing)
  }

  @Test func cancelledSourceIsNotCalledAgain() async throws {
    let source = source { $0.cancel() }
    #expect(write(writing, "x", 1) == 1)
    await isClosed.wait { $0 }
    withExtendedLifetime(source) { #expect(calls.value == 1) }
    close(writing)
  }
}
