import OctopusRecords

// The arguments of LOCK, SEM and BARRIER. Names are plain UTF-8, not empty; `task` tells the
// holders within one session apart, empty: the session itself.

package struct LockRequest: Sendable {
  package var name: [UInt8]
  package var isShared: Bool
  package var task: [UInt8]
  /// Attributes for the member's record: neither `lock` nor `mode`. Its name does not matter.
  package var body: Record?
  package var timeout: Int64?

  package init(
    _ name: [UInt8], isShared: Bool = false, task: [UInt8] = [], body: Record? = nil,
    timeoutMilliseconds timeout: Int64? = nil
  ) {
    self.name = name
    self.isShared = isShared
    self.task = task
    self.body = body
    self.timeout = timeout
  }
}

package struct PermitRequest: Sendable {
  package var name: [UInt8]
  /// At least one.
  package var permits: Int64
  package var task: [UInt8]
  /// Whether they are taken for good.
  package var consumes: Bool
  package var timeout: Int64?

  package init(
    _ name: [UInt8], _ permits: Int64 = 1, task: [UInt8] = [], consumes: Bool = false,
    timeoutMilliseconds timeout: Int64? = nil
  ) {
    self.name = name
    self.permits = permits
    self.task = task
    self.consumes = consumes
    self.timeout = timeout
  }
}

package struct BarrierRequest: Sendable {
  package var name: [UInt8]
  /// At least one; of LEAVE it does not matter.
  package var parties: Int
  package var task: [UInt8]
  package var timeout: Int64?

  package init(
    _ name: [UInt8], parties: Int = 1, task: [UInt8] = [], timeoutMilliseconds timeout: Int64? = nil
  ) {
    self.name = name
    self.parties = parties
    self.task = task
    self.timeout = timeout
  }
}
