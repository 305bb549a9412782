import OctopusProtocol

/// Counts what the connections of one dispatcher have done, for INFO. The connections share it.
package final class ConnectionCounters {
  package var traffic = ServerInfo.Traffic()
  /// What the engine had discarded at some time before the requests that are carried out now.
  package var discardedBytes = 0

  package init() {}
}
