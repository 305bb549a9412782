import Dispatch
import Glibc
import TestSupport

/// Runs a blocking call on a thread of its own: Swift's own threads are few.
func blocking<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
  await withCheckedContinuation { continuation in
    DispatchQueue(label: "blocking").async { continuation.resume(returning: body()) }
  }
}

/// Seconds of the monotonic clock.
func now() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Seconds after which a test gives up waiting.
let patience = Double(TestLimit.seconds)

/// Waits until a descriptor can be read or is at its end; false once `deadline` has passed.
func waitReadable(_ descriptor: CInt, until deadline: Double) -> Bool {
  while true {
    let left = deadline - now()
    guard left > 0 else { return false }
    var source = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    let count = poll(&source, 1, CInt(left * 1_000) + 1)
    if count > 0 { return true }
    if count < 0, errno != EINTR { return false }
  }
}

/// The next datagram that a socket receives, as text.
func datagram(on receiver: CInt) async throws -> String {
  try await blocking {
    Result {
      guard waitReadable(receiver, until: now() + patience) else {
        throw Failure("nothing has come")
      }
      var bytes = [UInt8](repeating: 0, count: 256)
      let count = recv(receiver, &bytes, bytes.count, 0)
      return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
    }
  }.get()
}
