import OctopusProtocol

/// Counts what the connections of one dispatcher have done, for INFO. The connections share it.
package final class ConnectionCounters {
  package var traffic = ServerInfo.Traffic()

  package init() {}
}
