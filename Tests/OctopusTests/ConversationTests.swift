// Pairing what comes with what was asked, without a socket.

import RESP
import Testing

@testable import Octopus

struct ConversationTests {
  @Test func answersInOrder() {
    var conversation = Conversation()
    conversation.sent(.reply) { _ in }
    conversation.sent(.reply) { _ in }
    #expect(conversation.received(.integer(1)).reply == .integer(1))
    #expect(conversation.received(.event(7, "set", 3, "a {}")).event?.trigger == 7)
    #expect(conversation.received(.error("SYNTAX no")).reply == .error("SYNTAX no"))
    #expect(conversation.ended().isEmpty)
  }

  @Test func takesAcknowledgementsAsReplies() {
    var conversation = Conversation()
    conversation.sent(.acknowledgements(2)) { _ in }
    conversation.sent(.acknowledgements(1)) { _ in }
    conversation.sent(.reply) { _ in }
    #expect(conversation.received(.acknowledgement("subscribe", "a {}", 1)).isNothing)
    #expect(conversation.received(.message("a {}", "a {}")).isMessage)
    #expect(
      conversation.received(.acknowledgement("subscribe", "b {}", 2)).reply?.elements?.count == 2)
    #expect(conversation.received(.error("SYNTAX no")).reply?.failure?.code == "SYNTAX")
    #expect(conversation.received(.ok).reply == .ok)
  }

  @Test func endsOnWhatNobodyAskedFor() {
    func end(
      _ expectations: [Conversation.Expectation], _ value: RESPValue
    ) -> OctopusError? {
      var conversation = Conversation()
      for expectation in expectations { conversation.sent(expectation) { _ in } }
      let end = conversation.received(value).end
      // Who waits is told of the end, so none may have been forgotten.
      #expect(conversation.ended().count == expectations.count)
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

  @Test func readsEvents() {
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

extension Conversation.Action {
  fileprivate var reply: RESPValue? {
    if case .complete(_, let value) = self { value } else { nil }
  }
  fileprivate var event: TriggerEvent? { if case .event(let event) = self { event } else { nil } }
  fileprivate var end: OctopusError? { if case .end(let error) = self { error } else { nil } }
  fileprivate var isMessage: Bool { if case .message = self { true } else { false } }
  fileprivate var isNothing: Bool { if case .nothing = self { true } else { false } }
}
