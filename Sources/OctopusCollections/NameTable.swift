#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A dictionary from names, which are bytes, to values. A name has a small number while it is
/// there, so that a caller that knows the number needs no search. A look-up copies and retains no
/// name.
///
/// ```swift
/// let number = table.insert(Array("door".utf8), 1)
/// table[number] += 1
/// ```
///
/// - Complexity: O(length of the name) expected for each search, insertion and removal.
@usableFromInline package struct NameTable<Value> {
  @usableFromInline struct Entry {
    @usableFromInline var name: [UInt8]
    @usableFromInline var value: Value

    @inlinable init(name: [UInt8], value: Value) {
      self.name = name
      self.value = value
    }
  }

  @usableFromInline var index = HashIndex()
  @usableFromInline var entries = Slab<Entry>()

  @inlinable package init() {}

  /// How many names there are.
  @inlinable package var count: Int { index.count }

  /// How many names there is memory for.
  @inlinable package var slotCount: Int { entries.indices.count }

  /// The number of a name that is there.
  @inlinable package func find(_ name: UnsafeBufferPointer<UInt8>) -> Int? {
    index.value(KeyHash.hash(of: name)) { isName($0, name) }.map { Int($0) }
  }

  /// The number of a name that is there.
  @inlinable package func find(_ name: [UInt8]) -> Int? {
    name.withUnsafeBufferPointer { find($0) }
  }

  /// Whether this is the name that has this number.
  @inlinable package func hasName(_ number: Int, _ name: UnsafeBufferPointer<UInt8>) -> Bool {
    number < entries.indices.count && isName(UInt32(truncatingIfNeeded: number), name)
  }

  /// The name that has a number.
  @inlinable package func name(_ number: Int) -> [UInt8] { entries[number].name }

  /// The value of the name that has a number.
  @inlinable package subscript(number: Int) -> Value {
    @inline(__always) _read { yield entries[number].value }
    @inline(__always) _modify { yield &entries[number].value }
  }

  /// Adds a name that is not there, and returns its number.
  @discardableResult
  @inlinable package mutating func insert(_ name: [UInt8], _ value: Value) -> Int {
    let number = entries.insert(Entry(name: name, value: value))
    index.insert(name.withUnsafeBufferPointer { KeyHash.hash(of: $0) }, UInt32(number))
    return number
  }

  /// Removes the name that has a number. `value` takes the place of its value in memory.
  @inlinable package mutating func remove(_ number: Int, leaving value: Value) {
    let hash = entries[number].name.withUnsafeBufferPointer { KeyHash.hash(of: $0) }
    // The index has each name that is there.
    index.remove(at: index.find(hash) { $0 == number }!)
    entries.remove(number, leaving: Entry(name: [], value: value))
  }

  @inlinable @inline(__always)
  func isName(_ number: UInt32, _ name: UnsafeBufferPointer<UInt8>) -> Bool {
    entries[Int(number)].name.withUnsafeBufferPointer { hasEqualBytes($0, name) }
  }
}

extension NameTable<Int64> {
  /// The number of a name, above the least there is; nil: the name is not there.
  package subscript(name: [UInt8]) -> Int64? {
    get { find(name).map { self[$0] } }
    set {
      switch (find(name), newValue) {
      case (let number?, let value?): self[number] = value
      case (nil, let value?): insert(name, value)
      case (let number?, nil): remove(number, leaving: .min)
      case (nil, nil): break
      }
    }
  }

  /// The next name below a slot, in no particular order, with its number. The slot moves down to
  /// it. The caller begins with `Int.max`, and may remove names meanwhile.
  ///
  /// - Complexity: O(slots down to it).
  package func next(below slot: inout Int) -> (name: [UInt8], value: Int64)? {
    slot = min(slot, slotCount)
    while slot > 0 {
      slot -= 1
      if self[slot] > .min { return (name(slot), self[slot]) }
    }
    return nil
  }

  /// Removes the next name below a slot, as `next` has it, and frees some of its memory.
  package mutating func removeNext(below slot: inout Int) -> (name: [UInt8], value: Int64)? {
    guard let next = next(below: &slot) else { return nil }
    remove(slot, leaving: .min)
    entries.trim { $0.value == .min }
    return next
  }
}

@usableFromInline
func hasEqualBytes(_ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>) -> Bool {
  guard a.count == b.count else { return false }
  // Empty buffers may have no address.
  guard let first = a.baseAddress, let second = b.baseAddress else { return true }
  return memcmp(first, second, a.count) == 0
}
