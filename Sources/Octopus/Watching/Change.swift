import OctopusRecords

extension OctopusClient {
  /// What happened to a record that matches a watched query.
  ///
  /// ```swift
  /// for try await change in octopus.watch("r'^service\\.' { state: 'ready' }") {
  ///   switch change.kind {
  ///   case .existing, .set: print("ready:", change.record.name)
  ///   case .deleted, .out: print("no longer:", change.record.name)
  ///   }
  /// }
  /// ```
  public struct Change: Sendable, Hashable {
    /// In which way a record changed, as the query sees it.
    public enum Kind: Sendable, Hashable {
      /// It matched when the watch began.
      case existing
      /// It was set or updated, and matches now.
      case set
      /// It was deleted; the change carries its last state.
      case deleted
      /// It was changed so that it matches no longer; the change carries its new state.
      case out
    }

    /// What happened.
    public var kind: Kind
    /// The record: its state after the change or, if it was deleted, before.
    public var record: Record
    /// The number of this change, in the order of all changes of the store; of what was there
    /// already, the revision at which the watch began.
    public var revision: Int64
    /// The revision of this record's change before this one; nil if the record is new, and for
    /// what was there already.
    public var previous: Int64?

    /// Whether a record matches after this change.
    public var isPresent: Bool { kind == .existing || kind == .set }
  }
}

extension OctopusClient.Change {
  /// Nil for an event that only says that its trigger has gone.
  init?(_ event: TriggerEvent) throws(OctopusError) {
    guard let eventKind = event.kind, let text = event.record else { return nil }
    kind =
      switch eventKind {
      case .set: .set
      case .deleted: .deleted
      case .out: .out
      }
    record = try Record(reply: text)
    revision = event.revision
    previous = event.previous == 0 ? nil : event.previous
  }
}

extension Record {
  /// A record that the other side sent.
  init(reply text: [UInt8]) throws(OctopusError) {
    do throws(SyntaxError) {
      self = try text.withUnsafeBufferPointer { (bytes) throws(SyntaxError) in try Record(bytes) }
    } catch {
      throw .protocolViolation("a record that is none: \(error)")
    }
  }
}
