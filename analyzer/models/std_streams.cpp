// Printing, files, clocks, threads, random numbers, exceptions: nothing of it decides shapes, but for what is read at run time.
#include "analyzer/models/registration.h"
#include "analyzer/models/sequence.h"

namespace cobra::interp {

void registerStdStringStreams(Library&);
void registerStdThreads(Library&);
void registerGlog(Library&);

namespace {
Result nothing(Evaluator&, const LibraryCall& call) {
  if (call.self) return call.self;
  return call.size() ? Result(call.args[0].place) : Result(Value(Nothing{}));
}

Result silent(Evaluator&, const LibraryCall&) { return Value(Nothing{}); }

Result runtime(Evaluator&, const LibraryCall& call) {
  return open(call.at, "what " + call.name.str() + " gives is only known at run time");
}

Result stream(Evaluator& ev, const LibraryCall& call) { return Value(ev.heap.object(Object::Kind::Record, call.resultType)); }

/// Members that read from a file or from the user: what they write to is open.
Result read(Evaluator& ev, const LibraryCall& call) {
  for (const Arg& a : call.args)
    ev.heap.write(a.place, open(call.at, "what is read from a file or from the user is only known at run time"));
  return call.self;
}

Result exception(Evaluator& ev, const LibraryCall& call) {
  Object* o = ev.heap.object(Object::Kind::Record, call.resultType);
  if (call.size()) ev.heap.write(ev.fieldCell(*o, "what"), call.value(0));
  return Value(o);
}

Result what(Evaluator& ev, const LibraryCall& call) {
  if (Object* o = asObject(call.self->value()))
    if (Cell* text = o->field("what")) return text->value();
  if (ev.text(call.self->value())) return call.self->value();
  return Value(Text("an exception"));
}

Result opaqueObject(Evaluator& ev, const LibraryCall& call) { return Value(ev.heap.object(Object::Kind::Record, call.resultType)); }
} // namespace

void registerStdStreams(Library& library) {
  for (const char* name : {"std::cout", "std::cerr", "std::clog", "std::cin", "std::endl"})
    library.variable(name, [](Evaluator& ev, const LibraryCall& call) -> Result {
      return Value(ev.heap.object(Object::Kind::Record, call.resultType));
    });
  for (const char* name : {"std::basic_istream::getline", "std::basic_istream::read"}) library.function(name, read);
  for (const char* name : {"std::basic_ostream", "std::basic_ios", "std::ios_base"}) library.scope(name, nothing);
  library.function("std::basic_ios::rdstate", runtime);
  for (const char* name : {"std::basic_ifstream::is_open", "std::basic_fstream::is_open", "std::basic_ofstream::is_open"})
    library.function(name, runtime);
  for (const char* name : {"std::basic_istream", "std::basic_ifstream"}) library.scope(name, runtime);
  for (const char* name : {"std::basic_ofstream", "std::basic_ifstream", "std::basic_fstream"}) library.constructor(name, stream);
  for (const char* name : {"std::fixed", "std::boolalpha", "std::flush", "std::endl", "std::hex", "std::skipws", "std::noskipws"})
    library.function(name, nothing);
  for (const char* name : {"printf", "fprintf", "puts", "fflush", "std::printf", "srand", "std::srand", "putchar", "snprintf",
                           "__assert_fail", "perror", "free", "std::free", "exit_handler"})
    library.function(name, silent);
  for (const char* name : {"rand", "std::rand", "time", "std::time", "clock", "fopen", "scanf", "std::filesystem::exists", "drand48"})
    library.function(name, runtime);
  for (const char* name : {"exit", "std::exit", "abort", "std::abort", "std::terminate", "_exit", "quick_exit"})
    library.function(name, [](Evaluator& ev, const LibraryCall& call) -> Result {
      // With a status of 0 it ended as it was meant to; an exception without a reason says so.
      if (call.size() == 1 && ev.integer(call.value(0)) == std::int64_t{0}) throw Thrown{Nothing{}, {}, nullptr};
      ev.raise(call.at, "the program ends here");
    });
  library.scope("std::filesystem", runtime);
  library.constructor("std::filesystem::path",
                      [](Evaluator&, const LibraryCall& call) -> Result { return call.size() ? call.value(0) : Value(Text("")); });
  library.scope("std::chrono", runtime);
  for (const char* name :
       {"std::chrono::duration", "std::chrono::time_point", "std::random_device", "std::mersenne_twister_engine",
        "std::uniform_int_distribution", "std::uniform_real_distribution", "std::normal_distribution", "std::bernoulli_distribution",
        "std::discrete_distribution", "std::exponential_distribution", "std::linear_congruential_engine", "std::hash"})
    library.constructor(name, opaqueObject);
  for (const char* name : {"std::random_device", "std::uniform_int_distribution", "std::uniform_real_distribution",
                           "std::normal_distribution", "std::bernoulli_distribution", "std::discrete_distribution",
                           "std::exponential_distribution", "std::linear_congruential_engine", "std::mersenne_twister_engine"})
    library.scope(name, runtime);
  for (const char* name : {"std::exception", "std::runtime_error", "std::logic_error", "std::invalid_argument", "std::out_of_range",
                           "std::domain_error", "std::length_error", "std::range_error", "std::overflow_error"})
    library.constructor(name, exception);
  library.function("std::exception::what", what);
  library.function("std::runtime_error::what", what);
  library.function("std::logic_error::what", what);
  library.function("c10::Error::what", what);
  registerStdThreads(library);
  registerStdStringStreams(library);
  registerGlog(library);
}

} // namespace cobra::interp
