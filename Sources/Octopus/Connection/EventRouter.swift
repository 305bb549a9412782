/// Which sink takes a trigger's events, and which a subscription's messages. A plain structure
/// under the session's lock.
///
/// Events and messages that come after their sink has left are dropped: the server may have sent
/// them before it read that they are wanted no more.
struct EventRouter {
  /// The subscribers of one query's text.
  struct Topic {
    /// All that have subscribed, those without an acknowledgement included.
    var interested = 0
    /// Those that get messages.
    var buffers: [StreamBuffer<[UInt8]>] = []
  }

  var triggers: [Int64: any EventSink] = [:]
  var topics: [[UInt8]: Topic] = [:]

  /// The sink of an event; a trigger is forgotten with its last event.
  mutating func sink(for event: TriggerEvent) -> (any EventSink)? {
    event.isLast ? triggers.removeValue(forKey: event.trigger) : triggers[event.trigger]
  }

  /// Forgets a trigger; true if it has to be removed on the other side.
  mutating func leave(_ trigger: Int64) -> Bool { triggers.removeValue(forKey: trigger) != nil }

  /// Forgets a subscriber; true if it was the last of its topic, which has to be unsubscribed then.
  mutating func leave(_ source: [UInt8], _ buffer: StreamBuffer<[UInt8]>) -> Bool {
    guard var topic = topics[source] else { return false }
    topic.interested -= 1
    topic.buffers.removeAll { $0 === buffer }
    topics[source] = topic.interested == 0 ? nil : topic
    return topic.interested == 0
  }

  func end(_ error: OctopusError) {
    for sink in triggers.values { sink.end(error) }
    for buffer in topics.values.flatMap(\.buffers) { buffer.finish(error) }
  }
}

/// What takes a trigger's events, where they are read. Must not block.
protocol EventSink: AnyObject, Sendable {
  /// Takes an event; false if it wants no more.
  func receive(_ event: TriggerEvent) -> Bool
  /// There will be no more, for this reason.
  func end(_ error: OctopusError)
}
