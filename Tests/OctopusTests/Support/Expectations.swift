// Expectations that many tests have.

import Octopus
import Testing

/// Runs something that must be refused with this code.
func expectRefusal(
  _ code: ErrorCode, sourceLocation: SourceLocation = #_sourceLocation,
  _ body: () async throws(OctopusError) -> Void
) async {
  do throws(OctopusError) {
    try await body()
    Issue.record("was not refused", sourceLocation: sourceLocation)
  } catch {
    #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
  }
}

/// Which errors will do.
struct Expected: Sendable {
  let fits: @Sendable (OctopusError) -> Bool

  static let timeout = only(.timeout)
  static let cancelled = only(.cancelled)
  static let overflow = only(.overflow)
  static let connectionLost = Expected { $0.isConnectionLost }
  static let protocolViolation = Expected { $0.isProtocolViolation }
  static let noServer = Expected { if case .noServer = $0 { true } else { false } }
  static func only(_ error: OctopusError) -> Expected { Expected { $0 == error } }
  static func saying(_ words: String) -> Expected { Expected { $0.message.contains(words) } }
}

/// Runs something that must fail, and as expected.
func expectFailure(
  _ expected: Expected, sourceLocation: SourceLocation = #_sourceLocation,
  _ body: () async throws(OctopusError) -> Void
) async {
  do throws(OctopusError) {
    try await body()
    Issue.record("did not fail", sourceLocation: sourceLocation)
  } catch {
    #expect(expected.fits(error), "\(error)", sourceLocation: sourceLocation)
  }
}

/// Waits for a task that must fail, and as expected.
func expectFailure(
  _ expected: Expected, of task: Task<some Sendable, any Error>,
  sourceLocation: SourceLocation = #_sourceLocation
) async {
  switch await task.result {
  case .success(let value):
    Issue.record("did not fail: \(value)", sourceLocation: sourceLocation)
  case .failure(let error):
    let isExpected = (error as? OctopusError).map(expected.fits) ?? false
    #expect(isExpected, "\(error)", sourceLocation: sourceLocation)
  }
}

extension OctopusError {
  var isConnectionLost: Bool { if case .connectionLost = self { true } else { false } }
  var isProtocolViolation: Bool { if case .protocolViolation = self { true } else { false } }
}

extension AsyncIteratorProtocol where Failure == OctopusError {
  /// The next `count` elements.
  mutating func take(_ count: Int) async throws(OctopusError) -> [Element] {
    var elements: [Element] = []
    for _ in 0..<count {
      guard let element = try await next(isolation: nil) else { break }
      elements.append(element)
    }
    return elements
  }
}

/// Waits until this task is cancelled.
func untilCancelled() async {
  let (stream, continuation) = AsyncStream<Never>.makeStream()
  for await _ in stream {}
  continuation.finish()
}
