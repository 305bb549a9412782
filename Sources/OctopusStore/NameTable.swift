import OctopusRecords

/// Numbers names: each has a small number of its own as long as it is there. Finds them without
/// copying or retaining any.
package struct NameTable {
  private var table = KeyTable()
  /// By their numbers.
  private var names: ContiguousArray<[UInt8]> = []
  private var free: [Int] = []

  package init() {}

  package var count: Int { table.count }

  package func find(_ name: [UInt8]) -> Int? { name.withUnsafeBufferPointer { find($0) } }

  package func find(_ name: Bytes) -> Int? {
    table.find(name) { number, name in
      // The pointer outlives the closure because `names` stays as it is.
      compareBytes(names[Int(number)].withUnsafeBufferPointer { $0 }, name) == 0
    }.map(Int.init)
  }

  /// Whether this is the name that has this number.
  package func `is`(_ number: Int, _ name: Bytes) -> Bool {
    number < names.count
      && compareBytes(names[number].withUnsafeBufferPointer { $0 }, name) == 0
  }

  /// Gives a name that is not there a number: the lowest that none ever had, if not another's that
  /// has gone.
  package mutating func insert(_ name: [UInt8]) -> Int {
    let number = free.popLast() ?? names.count
    if number == names.count { names.append(name) } else { names[number] = name }
    name.withUnsafeBufferPointer { table.insert(UInt32(number), $0) }
    return number
  }

  /// Removes a name that is there.
  package mutating func remove(_ number: Int) {
    names[number].withUnsafeBufferPointer { table.remove(UInt32(number), $0) }
    names[number] = []
    free.append(number)
  }
}
