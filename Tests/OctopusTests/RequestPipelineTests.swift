// Pairing replies with requests, without a socket.

import RESP
import Testing

@testable import Octopus

struct RequestPipelineTests {
  @Test func repliesCompleteRequestsInOrder() {
    var pipeline = RequestPipeline()
    pipeline.sent(.reply) { _ in }
    pipeline.sent(.reply) { _ in }
    #expect(pipeline.received(.integer(1)).reply == .integer(1))
    #expect(pipeline.received(.event(7, "set", 3, "a {}")).event?.trigger == 7)
    #expect(pipeline.received(.error("SYNTAX no")).reply == .error("SYNTAX no"))
    #expect(pipeline.ended().isEmpty)
  }

  @Test func acknowledgementsCompleteSubscribeRequests() {
    var pipeline = RequestPipeline()
    pipeline.sent(.acknowledgements(2)) { _ in }
    pipeline.sent(.acknowledgements(1)) { _ in }
    pipeline.sent(.reply) { _ in }
    #expect(pipeline.received(.acknowledgement("subscribe", "a {}", 1)).isNothing)
    #expect(pipeline.received(.message("a {}", "a {}")).isMessage)
    #expect(
      pipeline.received(.acknowledgement("subscribe", "b {}", 2)).reply?.elements?.count == 2)
    #expect(pipeline.received(.error("SYNTAX no")).reply?.failure?.code == "SYNTAX")
    #expect(pipeline.received(.ok).reply == .ok)
  }

  @Test func unsolicitedRepliesEndTheSession() {
    func end(
      _ expectations: [RequestPipeline.Expectation], _ value: RESPValue
    ) -> OctopusError? {
      var pipeline = RequestPipeline()
      for expectation in expectations { pipeline.sent(expectation) { _ in } }
      let end = pipeline.received(value).end
      // All requests that wait get the error, so none may have been forgotten.
      #expect(pipeline.ended().count == expectations.count)
      return end
    }
    #expect(end([], .ok)?.isProtocolViolation == true)
    #expect(end([.reply], .acknowledgement("subscribe", "a {}", 1))?.isProtocolViolation == true)
    #expect(end([.acknowledgements(1)], .ok)?.isProtocolViolation == true)
    #expect(end([], .push([.bulk("trigger"), .integer(1)]))?.isProtocolViolation == true)
    #expect(end([], .event(1, "set", 1, nil))?.isProtocolViolation == true)
    #expect(end([], .event(1, "jump", 1, "a {}"))?.isProtocolViolation == true)
    #expect(end([], .push([.bulk("message"), .null, .null]))?.isProtocolViolation == true)
    // The last words of a server.
    #expect(end([], .error("ERR max clients"))?.isConnectionLost == true)
    #expect(end([.reply], .error("OVERFLOW you did not read"))?.isConnectionLost == true)
    #expect(
      end([.reply], .error("OVERFLOW you did not read"))?.message.contains("OVERFLOW") == true)
  }

  @Test func eventFieldsAreDecoded() {
    let last = TriggerEvent(RESPValue.event(3, "del removed", 9, "a {}", 5).elements ?? [])
    #expect(last?.kind == .deleted)
    #expect(last?.isLast == true)
    #expect(last?.previous == 5)
    let removed = TriggerEvent(RESPValue.event(3, "removed", 9, nil).elements ?? [])
    #expect(removed?.kind == nil)
    #expect(removed?.isLast == true)
    #expect(TriggerEvent(RESPValue.event(3, "out", 9, "a {}").elements ?? [])?.kind == .out)
  }
}

extension RequestPipeline.Action {
  fileprivate var reply: RESPValue? {
    if case .complete(_, let value) = self { value } else { nil }
  }
  fileprivate var event: TriggerEvent? { if case .event(let event) = self { event } else { nil } }
  fileprivate var end: OctopusError? { if case .end(let error) = self { error } else { nil } }
  fileprivate var isMessage: Bool { if case .message = self { true } else { false } }
  fileprivate var isNothing: Bool { if case .nothing = self { true } else { false } }
}
