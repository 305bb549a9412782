import OctopusCollections

/// Locks or semaphores, by name.
struct NamedQueues<Queue: AnyObject>: ~Copyable {
  private var queues = NameTable<Queue?>()
  /// The latest that was found: mostly it is asked for again in the same step.
  private var latestName: [UInt8] = []
  private var latest: Queue?

  var count: Int { queues.count }

  subscript(name: [UInt8]) -> Queue? {
    mutating get {
      if latestName == name, let latest { return latest }
      guard let queue = queues.find(name).flatMap({ queues[$0] }) else { return nil }
      (latestName, latest) = (name, queue)
      return queue
    }
  }

  /// Adds a queue whose name is not in the table.
  mutating func insert(_ queue: Queue, _ name: [UInt8]) { queues.insert(name, queue) }

  mutating func remove(_ name: [UInt8]) {
    if latestName == name { latest = nil }
    if let number = queues.find(name) { queues.remove(number, leaving: nil) }
  }
}
