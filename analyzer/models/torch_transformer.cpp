// Transformer, its encoder and decoder and their layers (torch/csrc/api/src/nn/modules/transformer.cpp).
#include "analyzer/models/torch_transformer.h"

#include "analyzer/models/torch_layer.h"
#include "analyzer/models/torch_modules.h"
#include "analyzer/models/torch_options.h"

#include "clang/AST/ASTContext.h"

#include <limits>

namespace cobra::interp::torch_model {

Object* makeModule(Evaluator& ev, clang::QualType type, const Options& options, At at) {
  if (type.isNull()) return nullptr;
  const clang::CXXRecordDecl* record = type->getAsCXXRecordDecl();
  if (const clang::CXXRecordDecl* held = ev.heldModule(record)) record = held;
  ModuleInit init = record ? ev.library.findModule(record) : nullptr;
  if (!init) return nullptr;
  Object* module = ev.allocate(record, ev.context.getRecordType(record));
  module->module->builtAt = at;
  Object* given = nullptr;
  for (const Object::Field& f : module->fields)
    if (f.name == "options" && f.decl) {
      const clang::CXXRecordDecl* r = f.decl->getType()->getAsCXXRecordDecl();
      given = ev.allocate(r, f.decl->getType());
      ev.initializeDefaults(*given, r);
    }
  std::vector<Arg> args;
  if (given) {
    for (auto& [name, value] : options) ev.heap.write(ev.fieldCell(*given, std::string(name) + "_"), value);
    args.push_back(ev.arg(given, given->type));
  }
  LibraryCall call;
  call.at = at;
  call.self = module->home;
  call.args = args;
  call.resultType = module->type;
  init(ev, *module, call);
  return module;
}

Object* makeChild(Evaluator& ev, Object& parent, llvm::StringRef name, const Options& options, At at) {
  clang::QualType type;
  for (const Object::Field& f : parent.fields)
    if (f.name == name && f.decl) type = f.decl->getType();
  Object* module = makeModule(ev, type, options, at);
  if (!module) return nullptr;
  Value pointer = Pointer{module->home, nullptr, 0};
  ev.heap.write(ev.fieldCell(parent, name), pointer);
  registerChild(ev, parent, name.str(), pointer, at);
  return module;
}

namespace {
/// A class of torch::nn by name; null type where the unit does not know it.
clang::QualType classOf(Evaluator& ev, llvm::StringRef name) {
  const clang::DeclContext* scope = ev.context.getTranslationUnitDecl();
  for (llvm::StringRef part : {llvm::StringRef("torch"), llvm::StringRef("nn")}) {
    const clang::DeclContext* inner = nullptr;
    for (clang::NamedDecl* d : scope->lookup(&ev.context.Idents.get(part)))
      if (auto* ns = llvm::dyn_cast<clang::NamespaceDecl>(d)) inner = ns;
    if (!inner) return {};
    scope = inner;
  }
  for (clang::NamedDecl* d : scope->lookup(&ev.context.Idents.get(name)))
    if (auto* record = llvm::dyn_cast<clang::CXXRecordDecl>(d)) return ev.context.getRecordType(record);
  return {};
}

void layerParts(Evaluator& ev, Object& self, const LibraryCall& call, bool decoder) {
  Object* o = requireOptions(ev, self, call);
  const Value width = option(o, "d_model"), heads = option(o, "nhead"), wide = option(o, "dim_feedforward"), p = option(o, "dropout");
  auto child = [&](const char* name, Options options) { makeChild(ev, self, name, options, call.at); };
  const Options attention = {{"embed_dim", width}, {"num_heads", heads}, {"dropout", p}}, dropout = {{"p", p}};
  const Options norm = {{"normalized_shape", ev.heap.sequence({width})}};
  child("self_attn", attention);
  if (decoder) {
    child("dropout1", dropout), child("norm1", norm), child("multihead_attn", attention), child("dropout2", dropout), child("norm2", norm);
    child("linear1", {{"in_features", width}, {"out_features", wide}}), child("dropout", dropout);
    child("linear2", {{"in_features", wide}, {"out_features", width}}), child("dropout3", dropout), child("norm3", norm);
  } else {
    child("linear1", {{"in_features", width}, {"out_features", wide}}), child("dropout", dropout);
    child("linear2", {{"in_features", wide}, {"out_features", width}}), child("norm1", norm), child("norm2", norm);
    child("dropout1", dropout), child("dropout2", dropout);
  }
}
void encoderLayerParts(Evaluator& ev, Object& self, const LibraryCall& call) { layerParts(ev, self, call, false); }
void decoderLayerParts(Evaluator& ev, Object& self, const LibraryCall& call) { layerParts(ev, self, call, true); }

/// TransformerEncoder and TransformerDecoder: copies of one layer, and a norm after them.
void stackParts(Evaluator& ev, Object& self, const LibraryCall& call) {
  Object* o = requireOptions(ev, self, call);
  Value prototype = option(o, "encoder_layer");
  if (isNothing(prototype)) prototype = option(o, "decoder_layer");
  Object* layer = ev.object(prototype);
  std::optional<std::int64_t> n = intOption(ev, o, "num_layers");
  Object* layers = makeChild(ev, self, "layers", {}, call.at);
  if (!layer || !n || !layers) {
    ev.unknown(call.at, "the layers of this transformer are not known", reason(prototype));
    return;
  }
  Object* elements = elementsOf(ev, layers);
  for (std::int64_t i = 0; i < *n; ++i) {
    Value copy = Pointer{cloneModule(ev, layer)->home, nullptr, 0};
    ev.heap.edit(elements).items.push_back(ev.heap.cell(copy));
    registerChild(ev, *layers, std::to_string(i), copy, call.at);
  }
  Value norm = option(o, "norm");
  if (Object* module = ev.object(norm); module && module->module) registerChild(ev, self, "norm", modulePointer(ev, norm), call.at);
}

void transformerParts(Evaluator& ev, Object& self, const LibraryCall& call) {
  Object* o = requireOptions(ev, self, call);
  const Value width = option(o, "d_model");
  auto half = [&](const char* name, const char* custom, const char* layerClass, const char* layerOption, const char* stackClass,
                  const char* count) {
    Value module = option(o, custom);
    if (!ev.object(module)) {
      Options options = {{"d_model", width},
                         {"nhead", option(o, "nhead")},
                         {"dim_feedforward", option(o, "dim_feedforward")},
                         {"dropout", option(o, "dropout")},
                         {"activation", option(o, "activation")}};
      Object* layer = makeModule(ev, classOf(ev, layerClass), options, call.at);
      Object* norm = makeModule(ev, classOf(ev, "LayerNormImpl"), {{"normalized_shape", ev.heap.sequence({width})}}, call.at);
      if (!layer || !norm) return;
      Object* stack = makeModule(
          ev, classOf(ev, stackClass),
          {{layerOption, Pointer{layer->home, nullptr, 0}}, {"num_layers", option(o, count)}, {"norm", Pointer{norm->home, nullptr, 0}}},
          call.at);
      if (!stack) return;
      module = Pointer{stack->home, nullptr, 0};
    }
    module = modulePointer(ev, module);
    ev.heap.write(ev.fieldCell(self, name), module);
    registerChild(ev, self, name, module, call.at);
  };
  half("encoder", "custom_encoder", "TransformerEncoderLayerImpl", "encoder_layer", "TransformerEncoderImpl", "num_encoder_layers");
  half("decoder", "custom_decoder", "TransformerDecoderLayerImpl", "decoder_layer", "TransformerDecoderImpl", "num_decoder_layers");
}

/// A child called by the name of its field.
class Parts {
public:
  Parts(const Layer& layer) : l_(layer) {}
  Value operator()(const char* name, std::vector<Value> inputs) const {
    std::vector<Arg> args;
    for (Value& v : inputs) args.push_back(l_.ev.arg(std::move(v)));
    for (Arg& a : args) a.type = as<TensorHandle>(a.value()) ? l_.ev.tensorType() : l_.ev.context.BoolTy;
    Result r = l_.ev.callValue(fieldValue(l_.module, name), args, l_.at);
    return r.place ? r.place->value() : r.value;
  }
  /// The attended values alone.
  Value attend(const char* name, const Value& query, const Value& memory, const Value& padding, bool weights, const Value& mask) const {
    Value both = (*this)(name, {query, memory, memory, padding, boolean(weights), mask});
    Object* pair = asObject(both);
    return pair && !pair->items.empty() ? pair->items[0]->value() : both;
  }
  Value plus(const Value& a, const Value& b) const { return l_.run("aten::add.Tensor", {a, b}); }
  Value feedForward(const Value& x) const {
    Value hidden = (*this)("linear1", {x});
    const Value activation = l_.value("activation");
    const std::string name = l_.enumerator("activation");
    if (name == "ReLU" || name == "GELU") {
      hidden = l_.run(name == "ReLU" ? "aten::relu" : "aten::gelu", {hidden});
    } else {
      Result r = l_.ev.callValue(activation, {l_.ev.arg(hidden, l_.ev.tensorType())}, l_.at);
      hidden = r.place ? r.place->value() : r.value;
    }
    return (*this)("linear2", {(*this)("dropout", {hidden})});
  }

private:
  const Layer& l_;
};
Value maskOf(const Layer& l, std::size_t i) {
  Value v = l.input(i);
  return isNothing(v) || std::holds_alternative<NullOpt>(v) ? Value(TensorHandle{}) : v;
}

Value encoderLayer(const Layer& l) {
  Parts part(l);
  const Value x = l.input();
  Value attended = part.attend("self_attn", x, x, maskOf(l, 2), true, maskOf(l, 1));
  Value y = part("norm1", {part.plus(x, part("dropout1", {attended}))});
  return part("norm2", {part.plus(y, part("dropout2", {part.feedForward(y)}))});
}
Value decoderLayer(const Layer& l) {
  Parts part(l);
  const Value x = l.input(), memory = l.input(1);
  Value y = part("dropout1", {part.attend("self_attn", x, x, maskOf(l, 4), false, maskOf(l, 2))});
  y = part("norm1", {part.plus(x, y)});
  Value z = part("dropout2", {part.attend("multihead_attn", y, memory, maskOf(l, 5), false, maskOf(l, 3))});
  z = part("norm2", {part.plus(y, z)});
  return part("norm3", {part.plus(z, part("dropout3", {part.feedForward(z)}))});
}
/// Every layer in turn with the same other arguments, then the norm.
Value stack(const Layer& l) {
  Object* elements = elementsOf(l.ev, l.ev.object(fieldValue(l.module, "layers")));
  if (!elements) return l.ev.unknown(l.at, "the layers of this transformer are not known");
  Value x = l.input();
  const std::vector<Cell*> layers = elements->items;
  for (Cell* layer : layers) {
    std::vector<Arg> args = {l.ev.arg(x, l.ev.tensorType())};
    for (std::size_t i = 1; i < l.call.size(); ++i) args.push_back(l.ev.arg(maskOf(l, i), l.ev.tensorType()));
    Result r = l.ev.callValue(layer->value(), args, l.at);
    x = r.place ? r.place->value() : r.value;
  }
  Value norm = option(l.options, "norm");
  if (!l.ev.object(norm)) return x;
  Result r = l.ev.callValue(norm, {l.ev.arg(x, l.ev.tensorType())}, l.at);
  return r.place ? r.place->value() : r.value;
}
Value transformer(const Layer& l) {
  Tensor *source = tensorOf(l.input()), *target = tensorOf(l.input(1));
  std::optional<std::int64_t> width = l.integer("d_model");
  if (source && target && width) {
    for (Tensor* t : {source, target})
      if (t->type.rank() != 3)
        l.ev.raise(l.at, "src and tgt should have 3 dimensions, but got " + std::to_string(source->type.rank()) + " and " +
                             std::to_string(target->type.rank()));
    if (source->type.shape[1] != target->type.shape[1])
      l.ev.raise(l.at, "src and tgt should have equal batch size (at dim 1), but got " + std::to_string(source->type.shape[1]) + " and " +
                           std::to_string(target->type.shape[1]));
    if (source->type.shape[2] != *width || target->type.shape[2] != *width)
      l.ev.raise(l.at, "src and tgt should have same feature size as d_model (at dim 2), but got " + std::to_string(source->type.shape[2]) +
                           " and " + std::to_string(target->type.shape[2]) + " while d_model is " + std::to_string(*width));
  }
  Parts part(l);
  Value memory = part("encoder", {l.input(), maskOf(l, 2), maskOf(l, 5)});
  return part("decoder", {l.input(1), memory, maskOf(l, 3), maskOf(l, 4), maskOf(l, 6), maskOf(l, 7)});
}
template <LayerRule rule> Result forward(Evaluator& ev, const LibraryCall& call) { return rule(Layer(ev, call)); }

Result squareMask(Evaluator& ev, const LibraryCall& call) { // generate_square_subsequent_mask
  Value size = ev.heap.sequence({call.value(0), call.value(0)});
  Value full = run(ev, call.at, "aten::full", {size, -std::numeric_limits<double>::infinity()});
  return run(ev, call.at, "aten::triu", {full, integerValue(1)});
}
} // namespace

void registerTransformers(Library& library) {
  constexpr std::pair<const char*, ModuleInit> inits[] = {{"TransformerEncoderLayerImpl", encoderLayerParts},
                                                          {"TransformerDecoderLayerImpl", decoderLayerParts},
                                                          {"TransformerEncoderImpl", stackParts},
                                                          {"TransformerDecoderImpl", stackParts},
                                                          {"TransformerImpl", transformerParts}};
  constexpr std::pair<const char*, Handler> forwards[] = {{"TransformerEncoderLayerImpl", forward<encoderLayer>},
                                                          {"TransformerDecoderLayerImpl", forward<decoderLayer>},
                                                          {"TransformerEncoderImpl", forward<stack>},
                                                          {"TransformerDecoderImpl", forward<stack>},
                                                          {"TransformerImpl", forward<transformer>}};
  for (auto& [name, init] : inits) library.module(std::string("torch::nn::") + name, init);
  for (auto& [name, handler] : forwards) library.function(std::string("torch::nn::") + name + "::forward", handler);
  library.function("torch::nn::TransformerImpl::generate_square_subsequent_mask", squareMask);
}

} // namespace cobra::interp::torch_model
