import OctopusRecords
import OctopusSystem
import RESP

// OBSERVE of more than one step can read: first the trigger, then the records in pages.

extension OctopusClient {
  /// What matches when the last page is read, and everything since.
  ///
  /// The pages show different moments. But the trigger reports every change from before the first
  /// page on, and each event arrives before a page that reflects it. So with the last page in hand,
  /// a record that has changed is as its last event says, and every other as its page does.
  func observeInPages(_ query: Query) async throws(OctopusError) -> Observation {
    let buffer = StreamBuffer<TriggerEvent>(limit: options.bufferLimit)
    let sink = PagedObservation(buffer)
    let registration = Registration(self)
    let owner = RegistrationOwner(registration)
    // With LIMIT 0 it reads nothing.
    let install =
      Command<[String]>.names(query, limit: 0).arguments + Trigger.persistent(.any).arguments
    try await perform(install) { [self] (reply) throws(OctopusError) in
      guard let parts = try reply.checked().elements, parts.count == 2,
        let trigger = parts[1].integer
      else { throw .unexpected(reply) }
      begin(trigger, sink, registration)
    }
    var records: [Record] = []
    var after: String?
    while true {
      let command = Command<Page<[Record]>>.findPage(query, limit: nil, after: after)
      // Where the last page arrives, events begin to be of later changes.
      let (reply, changes) = try await perform(command.arguments + words("REV")) {
        (reply) throws(OctopusError) in
        let reply = try reply.checked()
        let isLast = reply.elements?.first?.elements?.first?.isNull == true
        return (reply, isLast ? sink.complete() : nil)
      }
      guard let parts = reply.elements, parts.count == 2, let revision = parts[1].integer else {
        throw .unexpected(reply)
      }
      let page = try command.read(parts[0])
      records += page.elements
      after = page.next
      guard let changes else { continue }
      return Observation(
        records: changes.applied(to: records), revision: revision,
        changes: Changes(buffer: buffer, owner: owner))
    }
  }
}

/// The last change of each record, by its name's text.
private struct LastChanges: Sendable {
  private var changes: [[UInt8]: OctopusClient.Change] = [:]

  mutating func add(_ change: OctopusClient.Change) { changes[change.record.nameText] = change }

  /// In natural order of names, as the records are.
  func applied(to records: [Record]) -> [Record] {
    if changes.isEmpty { return records }
    let unchanged = records.filter { changes[$0.nameText] == nil }
    let changed = changes.values.filter(\.isPresent).map(\.record)
    return (unchanged + changed).sorted { a, b in
      a.withContents { a in b.withContents { b in compareNaturally(a.name, b.name) < 0 } }
    }
  }
}

/// Keeps the last change of each record while pages are read, and then hands the events on.
private final class PagedObservation: EventSink {
  private let buffer: StreamBuffer<TriggerEvent>
  /// Nil once the last page is read.
  private let changes = Mutex<LastChanges?>(LastChanges())

  init(_ buffer: StreamBuffer<TriggerEvent>) { self.buffer = buffer }

  /// All changes so far; from now on events go to the buffer.
  func complete() -> LastChanges? { changes.withLock { $0.take() } }

  func receive(_ event: TriggerEvent) -> Bool {
    do throws(OctopusError) {
      let isKept = try changes.withLock { (changes) throws(OctopusError) in
        guard changes != nil, let change = try OctopusClient.Change(event) else { return false }
        changes?.add(change)
        return true
      }
      return isKept || buffer.receive(event)
    } catch {
      end(error)
      return false
    }
  }

  func end(_ error: OctopusError) { buffer.finish(error) }
}
