import OctopusCollections
import OctopusRecords

// Counters for sequential names: `job_1`, `job_2`, ….

extension Store {
  /// The next number of the counter with this name.
  package func counter(_ name: [UInt8]) -> Int64? { counters.find(name).map { counters[$0] } }

  /// The next number of a counter. The name with it is in `nextName`.
  package struct Numbered {
    package let number: Int64
    /// The counter's next number before; nil: there is no such counter yet.
    package let former: Int64?
    let counter: Int?
  }

  /// Finds the next free name of a counter, which begins at `first` if there is no such counter. It
  /// skips names that are there, and changes no counter.
  ///
  /// - Complexity: O(1) expected; O(log² n) where many names in a row are there.
  package mutating func findNextName(_ stem: [UInt8], from first: Int64) -> Numbered {
    let counter = counters.find(stem)
    let former = counter.map { counters[$0] }
    var number = former ?? first
    var skipped = 0
    while isTaken(stem, number) {
      number += 1
      skipped += 1
      if skipped == Self.fewNames { number = freeNumber(stem, from: number) }
    }
    return Numbered(number: number, former: former, counter: counter)
  }

  /// Whether a record has the name with a number. The name is in `nextName` then.
  private mutating func isTaken(_ stem: [UInt8], _ number: Int64) -> Bool {
    nextName.removeAll(keepingCapacity: true)
    nextName.append(contentsOf: stem)
    nextName.append(decimal: number)
    return nextName.withUnsafeBufferPointer { find($0) } != nil
  }

  /// A number from `first` on without a name, found by counting the names between two numbers.
  private func freeNumber(_ stem: [UInt8], from first: Int64) -> Int64 {
    func position(_ number: Int64) -> NamePosition {
      var name = stem
      name.append(decimal: number)
      return name.withUnsafeBufferPointer { orderedPosition($0) }
    }
    /// Whether one of the numbers has no name: other names between them only make it seem less so.
    func hasFree(_ low: Int64, _ high: Int64) -> Bool {
      let names = ordered.exactDistance(from: position(low), to: position(high + 1))
      return Int64(names) < high - low + 1
    }
    var (low, high) = (first, first)
    while !hasFree(low, high) { high += high - low + 1 }
    while low < high {
      let middle = (low + high) / 2
      if hasFree(low, middle) { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// Advances a counter past the number that `findNextName` has just returned for it.
  package mutating func take(_ numbered: borrowing Numbered, _ stem: [UInt8]) {
    if let counter = numbered.counter {
      counters[counter] = numbered.number + 1
    } else {
      setCounter(stem, to: numbered.number + 1)
    }
  }

  /// Removes counters of which no record has a name, from a slot on, until the budget is spent. The
  /// caller begins with slot 0. Returns the highest number that they would have given next.
  package mutating func removeIdleCounters(from slot: inout Int) -> Int64 {
    var highest: Int64 = 0
    while slot < counters.slotCount, !budget.isSpent {
      defer { slot += 1 }
      budget.spend(Work.record)
      let name = counters.name(slot)
      // A free slot has no name.
      guard !name.isEmpty, !hasNumberedName(name) else { continue }
      highest = max(highest, counters[slot])
      budget.spend(Work.record)
      setCounter(name, to: nil)
    }
    return highest
  }

  /// Those of the next slots' counters that are in use, from a slot on, which moves to the next.
  /// Nil if there are no more.
  package func counters(from slot: inout Int, most: Int) -> [(name: [UInt8], next: Int64)]? {
    guard slot < counters.slotCount else { return nil }
    let next = slot..<min(slot + most, counters.slotCount)
    slot = next.upperBound
    return next.map { (counters.name($0), counters[$0]) }.filter { !$0.name.isEmpty }
  }

  package var counterSlots: Int { counters.slotCount }

  /// Whether a record has a name that this counter could have given.
  private func hasNumberedName(_ stem: [UInt8]) -> Bool {
    let position = (stem + [UInt8(ascii: "0")]).withUnsafeBufferPointer { orderedPosition($0) }
    guard position != ordered.endPosition else { return false }
    return rows.withContents(ordered[position]) { contents in
      contents.name.count > stem.count && contents.name.starts(with: stem)
        && isDigit(contents.name[stem.count])
    }
  }

  /// Sets the next number of a counter; nil removes the counter. A number that a client has seen
  /// must not be returned again.
  package mutating func setCounter(_ name: [UInt8], to next: Int64?) {
    switch (counters.find(name), next) {
    case (let counter?, let next?): counters[counter] = next
    case (nil, let next?):
      counters.insert(name, next)
      counterFootprint += Footprint.counter + name.count
    case (let counter?, nil):
      counters.remove(counter, leaving: 0)
      counterFootprint -= Footprint.counter + name.count
    case (nil, nil): break
    }
  }
}
