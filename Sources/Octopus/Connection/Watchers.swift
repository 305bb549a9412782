/// Who hears of which trigger and of which subscription. A plain structure under the session's lock.
struct Watchers {
  /// The subscribers of one query's text.
  struct Topic {
    /// How many have asked, those without an acknowledgement included.
    var interested = 0
    /// How often its end has been asked for and not acknowledged: until then messages may come.
    var leaving = 0
    /// Those that get messages.
    var inboxes: [Inbox<[UInt8]>] = []
  }

  enum Destination {
    case sink(any EventSink)
    /// Its removal is on the way: nobody wants this any more.
    case leaving
    case unknown
  }

  var triggers: [Int64: any EventSink] = [:]
  /// Triggers whose removal has been sent and not answered.
  var leaving: Set<Int64> = []
  var topics: [[UInt8]: Topic] = [:]

  /// Where an event goes; a trigger is forgotten with its last.
  mutating func sink(for event: TriggerEvent) -> Destination {
    let sink = event.isLast ? triggers.removeValue(forKey: event.trigger) : triggers[event.trigger]
    if let sink { return .sink(sink) }
    return leaving.contains(event.trigger) ? .leaving : .unknown
  }

  /// Forgets a trigger; whether the other side must be told.
  mutating func leave(_ trigger: Int64) -> Bool {
    guard triggers.removeValue(forKey: trigger) != nil else { return false }
    leaving.insert(trigger)
    return true
  }

  /// Forgets a subscriber; whether the other side must be told that nobody wants this topic.
  mutating func leave(_ source: [UInt8], _ inbox: Inbox<[UInt8]>) -> Bool {
    guard var topic = topics[source] else { return false }
    topic.interested -= 1
    topic.inboxes.removeAll { $0 === inbox }
    if topic.interested == 0 { topic.leaving += 1 }
    topics[source] = topic
    return topic.interested == 0
  }

  /// Forgets a topic whose end is acknowledged, if nobody has come since.
  mutating func left(_ source: [UInt8]) {
    guard var topic = topics[source] else { return }
    topic.leaving -= 1
    topics[source] = topic.interested == 0 && topic.leaving == 0 ? nil : topic
  }

  func end(_ error: OctopusError) {
    for sink in triggers.values { sink.end(error) }
    for inbox in topics.values.flatMap(\.inboxes) { inbox.finish(error) }
  }
}

/// What takes a trigger's events, where they are read. Must not block.
protocol EventSink: AnyObject, Sendable {
  /// Takes an event; false if it wants no more.
  func receive(_ event: TriggerEvent) -> Bool
  /// There will be no more, for this reason.
  func end(_ error: OctopusError)
}
