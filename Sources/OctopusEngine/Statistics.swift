/// How many of each thing the engine holds.
package struct Statistics: Sendable, Hashable {
  package var records = 0
  package var transientRecords = 0
  /// The bytes of the records' texts.
  package var recordBytes = 0
  package var attributes = 0
  package var sessions = 0
  /// Pattern subscriptions count as triggers.
  package var triggers = 0
  package var subscriptions = 0
  package var waits = 0
  package var counters = 0
  /// Locks that are held or waited for.
  package var locks = 0
  package var semaphores = 0
  /// Barriers that a party has entered.
  package var barriers = 0
  /// About how many bytes all this occupies.
  package var footprint = 0
  package var revision: Revision = 0

  package init(
    records: Int = 0, transientRecords: Int = 0, recordBytes: Int = 0, attributes: Int = 0,
    sessions: Int = 0, triggers: Int = 0, subscriptions: Int = 0, waits: Int = 0,
    counters: Int = 0, locks: Int = 0, semaphores: Int = 0, barriers: Int = 0, footprint: Int = 0,
    revision: Revision = 0
  ) {
    self.records = records
    self.transientRecords = transientRecords
    self.recordBytes = recordBytes
    self.attributes = attributes
    self.sessions = sessions
    self.triggers = triggers
    self.subscriptions = subscriptions
    self.waits = waits
    self.counters = counters
    self.locks = locks
    self.semaphores = semaphores
    self.barriers = barriers
    self.footprint = footprint
    self.revision = revision
  }
}

extension Engine {
  /// The figures for INFO.
  package var statistics: Statistics {
    Statistics(
      records: records.count, transientRecords: records.ownedCount,
      recordBytes: records.textBytes, attributes: records.attributeCount, sessions: sessions.count,
      triggers: watches.count, subscriptions: subscriptions.count, waits: waits.count,
      counters: records.counterCount, locks: queues.locks.count,
      semaphores: queues.semaphores.count, barriers: queues.barriers.count,
      footprint: footprint, revision: revision)
  }
}
