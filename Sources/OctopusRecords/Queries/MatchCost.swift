import CRE2

/// What it costs to match, in units that take about a nanosecond on a processor of 2020.
///
/// RE2 reads a text with an automaton whose states it builds when it needs them, and keeps as far
/// as there is memory. Where that fails it follows the program, instruction by instruction. These
/// figures were measured with patterns that cause the one or the other at each byte.
package enum MatchCost {
  /// To compare a name or a value with a constraint that is no regular expression.
  package static let constraint = 35
  /// To begin a match of a regular expression.
  package static let search = 50
  /// To read a byte with an automaton that has the states already.
  package static let byte = 2
  /// To build a state, beside its instructions.
  static let state = 400
  /// To take an instruction into a state, which are at most all of the program.
  static let instructionOfState = 12
  /// The same for a byte of the state, which tells better how many they are in a large program.
  static let byteOfState = 8
  /// To follow an instruction at a byte, without an automaton.
  static let instruction = 8

  /// A match in a text of this many bytes when all states are there.
  @inline(__always)
  package static func search(_ bytes: Int) -> Int { search &+ byte &* bytes }

  /// What a match in a text of this many bytes costs, from what it made RE2 do.
  ///
  /// A state is counted when it is removed: RE2 tells no sooner. So as many as fit into the memory
  /// of the automaton are never counted; to build these takes a tenth of a millisecond for 16 KiB.
  @inline(__always)
  package static func match(_ bytes: Int, instructions: Int, _ effort: cre2_effort) -> Int {
    var cost = search(bytes)
    if effort.states > 0 {
      let content = min(
        effort.states * instructions * instructionOfState, effort.bytes * byteOfState)
      cost += effort.states * state + content
    }
    if effort.interpreted { cost += bytes * instructions * instruction }
    return cost
  }
}
