# Ruby's redis-rb: commands, pipelines, transactions, publish and subscribe, observed records.
require 'redis'

def equal(found, expected)
  raise "found #{found.inspect}, expected #{expected.inspect}" unless found == expected
end

redis = Redis.new(path: ENV.fetch('OCTOPUS_SOCKET'), id: 'ruby', timeout: 50)
equal redis.set('object1', '{ weight: 20 }'), 'OK'
equal redis.get('object1'), 'object1 { weight: 20 }'
equal redis.get('object2'), nil
equal redis.set('object1', '{}', nx: true), false
equal redis.exists('object1', 'object2'), 1
equal redis.call('FIND', '_ { weight > 19 }'), ['object1 { weight: 20 }']
equal redis.info['loading'], '0'
begin
  redis.get('{')
  raise 'not refused'
rescue Redis::CommandError => e
  raise unless e.message.start_with?('SYNTAX expected a name')
end

replies = redis.pipelined { |p| 100.times { p.call('SETSEQ', 'job_', '{ n: 1 }') } }
equal replies, (0...100).map { |n| "job_#{n}" }
equal redis.multi { |t| t.del('object1'); t.dbsize }, [1, 100]

heard = []
other = Redis.new(path: ENV.fetch('OCTOPUS_SOCKET'), timeout: 50)
redis.psubscribe("r'^lamp'") do |on|
  on.pmessage do |_, kind, record|
    heard << (kind == 'synced' ? kind : "#{kind} #{record}")
    if kind == 'synced'
      other.set('lamp', '{ on: true }')
      other.del('lamp')
    end
    redis.punsubscribe if kind == 'del'
  end
end
equal heard, ['synced', 'set lamp { on: true }', 'del lamp { on: true }']

heard = []
redis.subscribe('_ { level > 2 }') do |on|
  on.subscribe { (1..4).each { |level| other.publish('log', "{ level: #{level} }") } }
  on.message do |query, record|
    equal query, '_ { level > 2 }'
    heard << record
    redis.unsubscribe if heard.size == 2
  end
end
equal heard, ['log { level: 3 }', 'log { level: 4 }']
