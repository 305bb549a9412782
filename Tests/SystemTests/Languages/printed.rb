# What Ruby prints for values that are no text: what it is, a tab, and the text.
require "json"

def show(kind, text)
  puts "#{kind}\t#{text}"
end

numbers = [0, 5, -5, 2**63 - 1, 2**64, 0.0, -0.0, 5.0, 0.1, 1e-5, 1e15, 1e16, 1e300, 5e-324]
[:to_s, :inspect, :to_json].each do |form|
  numbers.each { |number| show("number", number.send(form)) }
  [true, false].each { |boolean| show("boolean", boolean.send(form)) }
  unless form == :to_json
    [Float::NAN, Float::INFINITY, -Float::INFINITY].each { |f| show("infinite", f.send(form)) }
    show("other", Time.at(0).utc.send(form))
    show("other", (1/2r).send(form))
  end
end
show("null", nil.inspect)
show("null", nil.to_json)
