/// A compressed set of 32-bit numbers with fast intersection.
///
/// After Chambi, Lemire, Kaser, Godin, "Better bitmap performance with Roaring bitmaps" (2016):
/// blocks of 65,536 numbers, each a sorted array while it has few members, else a bitmap. A bitmap
/// also has a summary, one bit for each of its bytes, so that an intersection skips what is empty.
///
/// ```swift
/// var rows = RoaringSet()
/// rows.insert(7)
/// rows.forEachMember { row in print(row); return true }
/// ```
package struct RoaringSet {
  package private(set) var count = 0
  /// The high halves of the members, ascending.
  private(set) var keys: [UInt16] = []
  /// The low halves of the members with each key.
  private(set) var blocks: [Block] = []

  enum Block {
    case array([UInt16])
    case bitmap(Bitmap)
  }

  /// A block with more members becomes a bitmap; with less than a quarter, an array again.
  static let arrayCapacity = 512

  package init() {}

  /// Complexity: O(log n).
  package func contains(_ member: UInt32) -> Bool {
    guard let block = blockIndex(of: UInt16(member >> 16)) else { return false }
    return blocks[block].contains(UInt16(truncatingIfNeeded: member))
  }

  /// Inserts a number that is not a member.
  ///
  /// - Complexity: O(log n), and moving up to 512 numbers or all blocks of a set with gaps.
  package mutating func insert(_ member: UInt32) {
    count += 1
    let key = UInt16(member >> 16)
    let low = UInt16(truncatingIfNeeded: member)
    let index = keys.lowerBound(key)
    if index == keys.count {
      keys.append(key)
      blocks.append(.array([low]))
    } else if keys[index] == key {
      blocks[index].insert(low)
    } else {
      keys.insert(key, at: index)
      blocks.insert(.array([low]), at: index)
    }
  }

  /// Removes a member. Complexity: as `insert`.
  package mutating func remove(_ member: UInt32) {
    guard let index = blockIndex(of: UInt16(member >> 16)) else {
      preconditionFailure("\(member) is not a member")
    }
    blocks[index].remove(UInt16(truncatingIfNeeded: member))
    count -= 1
    if blocks[index].count == 0 {
      keys.remove(at: index)
      blocks.remove(at: index)
    }
  }

  /// The lowest member of a set that is not empty.
  package var first: UInt32 { UInt32(keys[0]) << 16 | UInt32(blocks[0].first) }

  /// Calls with each member in ascending order; false if `body` stopped it.
  @discardableResult
  package func forEachMember(_ body: (UInt32) -> Bool) -> Bool {
    for (key, block) in zip(keys, blocks) {
      guard block.forEachMember({ body(UInt32(key) << 16 | UInt32($0)) }) else { return false }
    }
    return true
  }

  func blockIndex(of key: UInt16) -> Int? {
    let index = keys.lowerBound(key)
    return index < keys.count && keys[index] == key ? index : nil
  }
}

extension RoaringSet.Block {
  var count: Int {
    switch self {
    case .array(let members): members.count
    case .bitmap(let bitmap): bitmap.count
    }
  }

  var first: UInt16 {
    switch self {
    case .array(let members): return members[0]
    case .bitmap(let bitmap):
      var first: UInt16 = 0
      bitmap.forEachMember {
        first = $0
        return false
      }
      return first
    }
  }

  func contains(_ member: UInt16) -> Bool {
    switch self {
    case .array(let members): members.containsSorted(member)
    case .bitmap(let bitmap): bitmap.contains(member)
    }
  }

  mutating func insert(_ member: UInt16) {
    switch self {
    case .array(var members):
      self = .array([])  // Leaves `members` the only owner of its memory.
      if members.count < RoaringSet.arrayCapacity {
        let index = members.lowerBound(member)
        // To append is much cheaper.
        if index == members.count {
          members.append(member)
        } else {
          members.insert(member, at: index)
        }
        self = .array(members)
      } else {
        var bitmap = Bitmap(members)
        bitmap.insert(member)
        self = .bitmap(bitmap)
      }
    case .bitmap(var bitmap):
      self = .array([])
      bitmap.insert(member)
      self = .bitmap(bitmap)
    }
  }

  mutating func remove(_ member: UInt16) {
    switch self {
    case .array(var members):
      self = .array([])
      members.remove(at: members.lowerBound(member))
      self = .array(members)
    case .bitmap(var bitmap):
      self = .array([])
      bitmap.remove(member)
      self =
        bitmap.count < RoaringSet.arrayCapacity / 4 ? .array(bitmap.members) : .bitmap(bitmap)
    }
  }

  /// Calls with each member in ascending order; false if `body` stopped it.
  @discardableResult
  func forEachMember(_ body: (UInt16) -> Bool) -> Bool {
    switch self {
    case .array(let members):
      for member in members { guard body(member) else { return false } }
      return true
    case .bitmap(let bitmap): return bitmap.forEachMember(body)
    }
  }
}
