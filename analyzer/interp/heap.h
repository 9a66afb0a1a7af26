// Owns every cell, object and tensor of a unit, and can take back what was written since a point: an unknown branch runs both
// sides from the same state and joins them.
#pragma once

#include "analyzer/interp/budget.h"
#include "analyzer/interp/value.h"

#include <deque>
#include <unordered_map>

namespace cobra::interp {

class Heap {
public:
  explicit Heap(Meter& meter) : meter_(meter) {}

  Cell* cell(Value value = Nothing{});
  /// A new object with a home cell.
  Object* object(Object::Kind kind, clang::QualType type = {});
  Object* sequence(std::vector<Value> items, clang::QualType type = {});
  Object* tuple(std::vector<Value> items, clang::QualType type = {});
  Tensor* tensor(TensorType type);

  void write(Cell* cell, Value value);
  /// To be called before an object's items, fields or module state change.
  Object& edit(Object* object);
  Tensor& edit(Tensor* tensor);

  /// A copy of a value as C++ copies it: objects memberwise, containers deeply, handles and pointers shared.
  Value copy(const Value& value);
  /// `object` loses its contents.
  void lose(Object* object, WhyRef why);

  /// Everything written while it lives can be taken back. Nests.
  class Snapshot {
  public:
    explicit Snapshot(Heap& heap);
    ~Snapshot(); // keeps what was written
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;

    /// What differs from the start, with the values now; then goes back to the start.
    struct Changes {
      std::unordered_map<Cell*, Value> cells;
      std::unordered_map<Object*, Object*> objects; // a copy of the state at the end of the side
      std::unordered_map<Tensor*, Tensor> tensors;
    };
    Changes takeBack();

  private:
    Heap& heap_;
  };
  /// Makes the state what holds after either side; what differs becomes open for `why`.
  void join(const Snapshot::Changes& a, const Snapshot::Changes& b, const WhyRef& why);
  /// Puts the changes of one side back.
  void apply(const Snapshot::Changes& changes);

private:
  struct Undo {
    std::unordered_map<Cell*, Value> cells;
    std::unordered_map<Object*, Object*> objects;
    std::unordered_map<Tensor*, Tensor> tensors;
  };
  Object* clone(const Object& object);
  static void assign(Object& to, const Object& from);

  Meter& meter_;
  std::deque<Cell> cells_;
  std::deque<Object> objects_;
  std::deque<Tensor> tensors_;
  std::vector<std::unique_ptr<Undo>> undo_;
};

/// True if both mean the same to the program (open values are equal to nothing).
bool sameValue(const Value& a, const Value& b);

} // namespace cobra::interp
