// What is published over one connection.
import Octopus

/// Keeps the records of a bus on a server as the kernel has its devices.
struct Publication {
  private let octopus: Octopus
  private let neighbours: Neighbours
  private let summary: String?
  private var inventory = Inventory()
  /// What the summary says.
  private var counted: Int?

  init(octopus: Octopus, neighbours: Neighbours, summary: String?) {
    (self.octopus, self.neighbours, self.summary) = (octopus, neighbours, summary)
  }

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
    while true {
      // The neighbours have their turn also if events never cease.
      let (isAtEnd, isCorrect) = try await receive(from: kernel, atMost: 256)
      if !isCorrect { try await correct(kernel) }
      try await adopt(neighbours.takeTouched())
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
      switch action {
      case .publish(let place):
        guard let device = inventory.entries[place]?.device else { continue }
        let parent = parent(of: place)
        inventory.setParent(parent, of: place)
        let record = try device.record(named: device.family, parent: parent)
        let name = try await octopus.setSequential(record, transient: true)
        inventory.publish(place, as: name)
      case .renew(let place):
        inventory.setParent(parent(of: place), of: place)
        try await renew(place)
      case .withdraw(let name):
        try await octopus.delete(Query(parsing: name))
      }
    }
  }

  private func renew(
    _ place: String, isolation: isolated (any Actor)? = #isolation
  ) async throws {
    guard let entry = inventory.entries[place], let name = entry.name else { return }
    let record = try entry.device.record(named: name, parent: entry.parent)
    try await octopus.set(record, transient: true)
  }

  private func parent(of place: String) -> String? {
    neighbours.nearest(above: place) { inventory.entries[$0]?.name }
  }

  /// Records have come to some places, or gone from them: those below may have another parent.
  private mutating func adopt(
    _ touched: Set<String>, isolation: isolated (any Actor)? = #isolation
  ) async throws {
    for place in inventory.devices(below: touched) {
      let parent = parent(of: place)
      guard parent != inventory.entries[place]?.parent else { continue }
      inventory.setParent(parent, of: place)
      try await renew(place)
    }
  }

  private mutating func count(
    isolation: isolated (any Actor)? = #isolation
  ) async throws {
    let count = inventory.entries.count
    guard let summary, counted != count else { return }
    try await octopus.set(
      Record(name: summary, pairs: [("devices", .integer(Int64(count)))]), transient: true)
    counted = count
  }
}
