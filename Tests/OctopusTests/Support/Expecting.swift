// Small words for what the tests say often.

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

/// Runs something that must fail with an error that passes a check.
func expectFailure(
  _ isExpected: (OctopusError) -> Bool, sourceLocation: SourceLocation = #_sourceLocation,
  _ body: () async throws(OctopusError) -> Void
) async {
  do throws(OctopusError) {
    try await body()
    Issue.record("did not fail", sourceLocation: sourceLocation)
  } catch {
    #expect(isExpected(error), "\(error)", sourceLocation: sourceLocation)
  }
}

extension OctopusError {
  var isConnectionLost: Bool { if case .connectionLost = self { true } else { false } }
  var isProtocolViolation: Bool { if case .protocolViolation = self { true } else { false } }
}

extension AsyncIteratorProtocol where Failure == OctopusError {
  /// The next so many elements.
  mutating func take(_ count: Int) async throws(OctopusError) -> [Element] {
    var elements: [Element] = []
    for _ in 0..<count {
      guard let element = try await next(isolation: nil) else { break }
      elements.append(element)
    }
    return elements
  }
}
