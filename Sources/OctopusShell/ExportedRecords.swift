import OctopusRecords

// Which records are state that a client can set again: those that `octopus export` prints.

extension Record {
  /// Whether it belongs neither to a queue nor to the machine.
  var isExported: Bool {
    queue == nil && !reservedPrefixes.contains { name.utf8.starts(with: $0.utf8) }
  }

  /// The queue that it belongs to, as a member or as the semaphore itself: `lock 'print'`. The
  /// server refuses to set such a record.
  var queue: String? {
    for kind in ["barrier", "lock", "semaphore"] {
      guard let queue = self[kind]?.text, !queue.isEmpty else { continue }
      let isSemaphore = kind == "semaphore" && name.utf8.elementsEqual(queue.utf8)
      if isSemaphore || isMember(of: queue) { return "\(kind) \(Value.string(queue))" }
    }
    return nil
  }

  /// Whether it is named as a member of a queue is: `print_3`.
  private func isMember(of queue: String) -> Bool {
    guard name.utf8.starts(with: "\(queue)_".utf8) else { return false }
    let number = name.utf8.dropFirst(queue.utf8.count + 1)
    // No counter reaches more digits.
    return (1...18).contains(number.count)
      && number.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }
}

/// Names that begin so belong to the machine: octopus-hw and Kaluga publish these records for as
/// long as they run.
private let reservedPrefixes = ["hw.", "kaluga.", "octopus."]
