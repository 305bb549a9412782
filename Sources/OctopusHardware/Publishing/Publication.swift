import Octopus
// What is published over one connection.
import OctopusSystem

/// Keeps the records of a bus on a server as the kernel has its devices.
struct Publication {
  private let octopus: OctopusClient
  private let neighbours: Neighbours
  private let summary: String?
  private var inventory = Inventory()
  /// What the summary says.
  private var counted: Int?
  /// What the server has refused, and may take another time.
  private var owed: [Inventory.Action] = []
  /// What the server said to it, as long as it says the same.
  private var refusal: String?
  private let complain: @Sendable (String) -> Void

  init(
    octopus: OctopusClient, neighbours: Neighbours, summary: String?,
    complain: @escaping @Sendable (String) -> Void
  ) {
    (self.octopus, self.neighbours, self.summary) = (octopus, neighbours, summary)
    self.complain = complain
  }

  /// Whether something is to be tried again.
  var isOwing: Bool { !owed.isEmpty || summary != nil && counted != inventory.entries.count }

  /// Looks at all there is and corrects what differs.
  mutating func correct(
    _ kernel: KernelBus, isolation: isolated (any Actor)? = #isolation
  ) async throws {
    let event = kernel.lastEvent
    try await perform(inventory.scanned(kernel.scan(), after: event))
    try await count()
  }

  /// Carries out what has happened, until there is nothing more.
  mutating func follow(
    _ kernel: KernelBus, isolation: isolated (any Actor)? = #isolation
  ) async throws {
    // Each once: what happens meanwhile to the same device would make it more and more.
    var seen: Set<Inventory.Action> = []
    let distinct = owed.filter { seen.insert($0).inserted }
    owed = []
    try await perform(distinct)
    while true {
      // The neighbours have their turn also if events never cease.
      let (isAtEnd, isCorrect) = try await receive(from: kernel, atMost: 256)
      if !isCorrect { try await correct(kernel) }
      try await adopt(neighbours.takeTouched())
      try await restore(neighbours.takeGone())
      try await count()
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
      case .event(let event, let look):
        let sighting = inventory.needsSighting(event) ? look() : nil
        try await perform(inventory.happened(event, sighting))
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
        // Such as that its memory is full. The others may be there all the same.
        owed.append(action)
        refused(code, message)
      } catch let error as SyntaxError {
        complain("a device cannot be a record, and is left out: \(action): \(error)")
      }
    }
  }

  private mutating func refused(_ code: ErrorCode, _ message: String) {
    let text = "the server refuses a record, and is asked again: \(code.rawValue) \(message)"
    if refusal != text { complain(text) }
    refusal = text
  }

  private mutating func perform(
    _ action: Inventory.Action, isolation: isolated (any Actor)? = #isolation
  ) async throws {
    switch action {
    case .publish(let place):
      guard let entry = inventory.entries[place], entry.name == nil else { return }
      let parent = parent(of: place)
      inventory.setParent(parent, of: place)
      let record = try entry.device.record(named: entry.device.family, parent: parent)
      let name = try await octopus.setSequential(record, transient: true)
      inventory.publish(place, as: name)
    case .renew(let place):
      inventory.setParent(parent(of: place), of: place)
      try await renew(place)
    case .withdraw(let name):
      try await octopus.delete(Query(parsing: name))
    }
  }

  private func renew(
    _ place: ByteString, isolation: isolated (any Actor)? = #isolation
  ) async throws {
    guard let entry = inventory.entries[place], let name = entry.name else { return }
    let record = try entry.device.record(named: name, parent: entry.parent)
    try await octopus.set(record, transient: true)
  }

  private func parent(of place: ByteString) -> String? {
    neighbours.nearest(above: place) { inventory.entries[$0]?.name }
  }

  /// Records have come to some places, or gone from them: those below may have another parent.
  private mutating func adopt(
    _ touched: Set<ByteString>, isolation: isolated (any Actor)? = #isolation
  ) async throws {
    let moved = inventory.devices(below: touched).filter { place in
      parent(of: place) != inventory.entries[place]?.parent
    }
    try await perform(moved.map { .renew($0) })
  }

  /// Sets anew what others have deleted. What was withdrawn is in the inventory no more.
  private mutating func restore(
    _ gone: [ByteString: ByteString], isolation: isolated (any Actor)? = #isolation
  ) async throws {
    let lost = gone.filter { inventory.entries[$0.value]?.name.map { ByteString($0) } == $0.key }
      .map(\.value).sorted()
    try await perform(lost.map { .renew($0) })
  }

  private mutating func count(
    isolation: isolated (any Actor)? = #isolation
  ) async throws {
    let count = inventory.entries.count
    // It says that so many are published.
    guard let summary, counted != count, owed.isEmpty else { return }
    do {
      try await octopus.set(
        Record(name: summary, pairs: [("devices", .integer(Int64(count)))]), transient: true)
      counted = count
      refusal = nil
    } catch OctopusError.refused(let code, let message) {
      refused(code, message)
    }
  }
}
