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
  package mutating func findNextName(_ stem: [UInt8], from first: Int64) -> Numbered {
    let counter = counters.find(stem)
    let former = counter.map { counters[$0] }
    var number = former ?? first
    while true {
      nextName.removeAll(keepingCapacity: true)
      nextName.append(contentsOf: stem)
      nextName.append(decimal: number)
      guard nextName.withUnsafeBufferPointer({ find($0) }) != nil else { break }
      number += 1
    }
    return Numbered(number: number, former: former, counter: counter)
  }

  /// Advances a counter past the number that `findNextName` has just returned for it.
  package mutating func take(_ numbered: borrowing Numbered, _ stem: [UInt8]) {
    if let counter = numbered.counter {
      counters[counter] = numbered.number + 1
    } else {
      setCounter(stem, to: numbered.number + 1)
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
