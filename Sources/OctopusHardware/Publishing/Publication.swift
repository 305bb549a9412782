// The records of a bus on one server: carries out what the inventory asks for.
import DeviceSchema
import Octopus
import OctopusSystem

/// Keeps the records of a bus on a server as the kernel has its devices.
struct Publication {
  private let octopus: OctopusClient
  private let parents: ParentResolver
  private let summary: String?
  private var inventory = Inventory()
  /// How many devices the summary says there are.
  private var publishedCount: Int?
  /// Actions that the server has refused, to be tried again.
  private var retries: [Inventory.Action] = []
  /// The last refusal that was logged: the same one is not logged again.
  private var refusal: String?
  private let log: @Sendable (String) -> Void

  init(
    octopus: OctopusClient, parents: ParentResolver, summary: String?,
    log: @escaping @Sendable (String) -> Void
  ) {
    (self.octopus, self.parents, self.summary) = (octopus, parents, summary)
    self.log = log
  }

  /// Whether there is anything to be tried again.
  var hasRetries: Bool {
    !retries.isEmpty || summary != nil && publishedCount != inventory.entries.count
  }

  /// Looks at all devices, and corrects the records that differ.
  mutating func rescan(
    _ kernel: KernelBus, isolation: isolated (any Actor)? = #isolation
  ) async throws {
    let event = kernel.lastEvent
    try await perform(inventory.reconcile(kernel.scan(), after: event))
    try await publishCount()
  }

  /// Follows the kernel's events and other drivers' records, until there is nothing more.
  mutating func processEvents(
    of kernel: KernelBus, isolation: isolated (any Actor)? = #isolation
  ) async throws {
    // Each once: events about the same device would add to them again and again.
    var seen: Set<Inventory.Action> = []
    let distinct = retries.filter { seen.insert($0).inserted }
    retries = []
    try await perform(distinct)
    while true {
      // At most this many at a time: parents are updated even if events never cease.
      let (isAtEnd, isCorrect) = try await receive(from: kernel, atMost: 256)
      if !isCorrect { try await rescan(kernel) }
      try await updateParents(below: parents.takeChangedPaths())
      try await republish(parents.takeDeletedRecords())
      try await publishCount()
      if isAtEnd { return kernel.rearm() }
    }
  }

  private mutating func receive(
    from kernel: KernelBus, atMost limit: Int,
    isolation: isolated (any Actor)? = #isolation
  ) async throws -> (isAtEnd: Bool, isCorrect: Bool) {
    var isCorrect = true
    for _ in 0..<limit {
      switch kernel.receive() {
      case .nothing: return (true, isCorrect)
      case .lost: isCorrect = false
      case .event(let event, let takeSnapshot):
        let snapshot = inventory.needsSnapshot(event) ? takeSnapshot() : nil
        try await perform(inventory.apply(event, snapshot))
      }
    }
    return (false, isCorrect)
  }

  private mutating func perform(
    _ actions: [Inventory.Action], isolation: isolated (any Actor)? = #isolation
  ) async throws {
    for action in actions {
      do {
        try await perform(action)
      } catch OctopusError.refused(let code, let message) {
        // Such as full memory. It says nothing about the other records.
        retries.append(action)
        refused(code, message)
      } catch let error as SyntaxError {
        log("a device cannot be a record, and is left out: \(action): \(error)")
      }
    }
  }

  private mutating func refused(_ code: ErrorCode, _ message: String) {
    let text = "the server refuses a record, and is asked again: \(code.rawValue) \(message)"
    if refusal != text { log(text) }
    refusal = text
  }

  private mutating func perform(
    _ action: Inventory.Action, isolation: isolated (any Actor)? = #isolation
  ) async throws {
    switch action {
    case .publish(let path):
      guard let entry = inventory.entries[path], entry.name == nil else { return }
      let parent = parent(of: path)
      inventory.setParent(parent, of: path)
      let record = try entry.device.record(
        named: entry.device.kind.namePrefix, parent: parent)
      let name = try await octopus.setSequential(record, transient: true)
      inventory.setName(name, of: path)
    case .update(let path):
      inventory.setParent(parent(of: path), of: path)
      try await update(path)
    case .delete(let name):
      try await octopus.delete(Query(parsing: name))
    }
  }

  private func update(
    _ path: ByteString, isolation: isolated (any Actor)? = #isolation
  ) async throws {
    guard let entry = inventory.entries[path], let name = entry.name else { return }
    let record = try entry.device.record(named: name, parent: entry.parent)
    try await octopus.set(record, transient: true)
  }

  private func parent(of path: ByteString) -> String? {
    parents.nearest(above: path) { inventory.entries[$0]?.name }
  }

  /// Updates the records whose parent is another after records at these paths have changed.
  private mutating func updateParents(
    below changedPaths: Set<ByteString>, isolation: isolated (any Actor)? = #isolation
  ) async throws {
    let moved = inventory.devices(below: changedPaths).filter { path in
      parent(of: path) != inventory.entries[path]?.parent
    }
    try await perform(moved.map { .update($0) })
  }

  /// Sets records again that other clients have deleted: those that the inventory still has.
  private mutating func republish(
    _ gone: [ByteString: ByteString], isolation: isolated (any Actor)? = #isolation
  ) async throws {
    let lost = gone.filter { inventory.entries[$0.value]?.name.map { ByteString($0) } == $0.key }
      .map(\.value).sorted()
    try await perform(lost.map { .update($0) })
  }

  private mutating func publishCount(
    isolation: isolated (any Actor)? = #isolation
  ) async throws {
    let count = inventory.entries.count
    // Only once all of them are published.
    guard let summary, publishedCount != count, retries.isEmpty else { return }
    do {
      try await octopus.set(
        Record(name: summary, pairs: [(DeviceAttribute.devices.rawValue, .integer(Int64(count)))]),
        transient: true)
      publishedCount = count
      refusal = nil
    } catch OctopusError.refused(let code, let message) {
      refused(code, message)
    }
  }
}
