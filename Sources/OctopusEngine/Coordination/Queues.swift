import OctopusStore

/// Locks or semaphores, by name.
struct Queues<Queue: AnyObject> {
  private var names = NameTable()
  /// By the numbers of their names.
  private var queues: ContiguousArray<Queue?> = []
  /// What was found last: mostly it is asked for again in the same step.
  private var latestName: [UInt8] = []
  private var latest: Queue?

  var count: Int { names.count }
  var isEmpty: Bool { names.count == 0 }

  subscript(name: [UInt8]) -> Queue? {
    mutating get {
      if latestName == name, let latest { return latest }
      guard let queue = names.find(name).flatMap({ queues[$0] }) else { return nil }
      (latestName, latest) = (name, queue)
      return queue
    }
  }

  /// Adds one whose name is not there.
  mutating func insert(_ queue: Queue, _ name: [UInt8]) {
    let number = names.insert(name)
    if number == queues.count { queues.append(queue) } else { queues[number] = queue }
  }

  mutating func remove(_ name: [UInt8]) {
    if latestName == name { latest = nil }
    guard let number = names.find(name) else { return }
    names.remove(number)
    queues[number] = nil
  }
}
