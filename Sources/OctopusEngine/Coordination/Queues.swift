import OctopusStore

/// Locks or semaphores, by name.
struct Queues<Queue: AnyObject> {
  private var names = NameTable()
  /// By the numbers of their names.
  private var queues: ContiguousArray<Queue?> = []

  var count: Int { names.count }
  var isEmpty: Bool { names.count == 0 }

  subscript(name: [UInt8]) -> Queue? { names.find(name).flatMap { queues[$0] } }

  /// Adds one whose name is not there.
  mutating func insert(_ queue: Queue, _ name: [UInt8]) {
    let number = names.insert(name)
    if number == queues.count { queues.append(queue) } else { queues[number] = queue }
  }

  mutating func remove(_ name: [UInt8]) {
    guard let number = names.find(name) else { return }
    names.remove(number)
    queues[number] = nil
  }
}
