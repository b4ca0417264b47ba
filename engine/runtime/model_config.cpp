// SPDX-License-Identifier: GPL-3.0-or-later
#include "runtime/model_config.h"

#include "base/text.h"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <optional>
#include <set>

namespace millrace::runtime {

namespace json = boost::json;

namespace {

constexpr std::int64_t kRowsLimit = 65536;
constexpr double kMsLimit = 600'000.0;
constexpr std::uint64_t kBytesLimit = std::uint64_t{64} << 30;
constexpr std::int64_t kInputBytesLimit = 1 << 20;

Status wrong(const std::string& key, const std::string& what)
{
    return withField(invalidArgument("config.json: " + key + ": " + what), key);
}

/// Reads one object of the file. Keeps the first error, so that callers need not check each field.
class Reader {
public:
    Reader(const json::object& object, std::string path, Status& status)
        : object_(object), path_(std::move(path)), status_(status)
    {}

    std::string key(std::string_view name) const
    {
        return path_.empty() ? std::string(name) : path_ + "." + std::string(name);
    }
    bool has(std::string_view name) { return find(name) != nullptr; }

    const json::value* find(std::string_view name)
    {
        seen_.insert(std::string(name));
        return object_.if_contains(json::string_view(name.data(), name.size()));
    }
    void fail(std::string_view name, const std::string& what)
    {
        if (status_.ok()) status_ = wrong(key(name), what);
    }
    const json::value* need(std::string_view name)
    {
        const json::value* value = find(name);
        if (value == nullptr) fail(name, "missing");
        return value;
    }
    std::string string(std::string_view name, bool needed)
    {
        const json::value* value = needed ? need(name) : find(name);
        if (value == nullptr) return {};
        if (!value->is_string()) return fail(name, "must be a string"), std::string();
        return std::string(value->get_string().begin(), value->get_string().end());
    }
    void whole(std::string_view name, std::int64_t& into, std::int64_t least, std::int64_t most)
    {
        const json::value* value = find(name);
        if (value == nullptr) return;
        boost::system::error_code error;
        const auto number = value->is_number() ? value->to_number<std::int64_t>(error) : 0;
        if (!value->is_number() || error || number < least || number > most)
            return fail(name, "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
        into = number;
    }
    void real(std::string_view name, double& into, double most)
    {
        const json::value* value = find(name);
        if (value == nullptr) return;
        const double number = value->is_number() ? value->to_number<double>() : -1.0;
        if (!std::isfinite(number) || number < 0.0 || number > most)
            return fail(name, "must be a number from 0 to " + std::to_string(static_cast<std::int64_t>(most)));
        into = number;
    }
    void flag(std::string_view name, bool& into)
    {
        const json::value* value = find(name);
        if (value == nullptr) return;
        if (!value->is_bool()) return fail(name, "must be true or false");
        into = value->get_bool();
    }
    const json::object* object(std::string_view name)
    {
        const json::value* value = find(name);
        if (value == nullptr) return nullptr;
        if (!value->is_object()) return fail(name, "must be an object"), nullptr;
        return &value->get_object();
    }
    void refuseOthers()
    {
        for (const auto& entry : object_) {
            const std::string name(entry.key().begin(), entry.key().end());
            if (!seen_.contains(name)) fail(name, "unknown key");
        }
    }

private:
    const json::object& object_;
    std::string path_;
    Status& status_;
    std::set<std::string> seen_;
};

std::vector<std::int64_t> readShape(Reader& reader, std::string_view name, bool freeAxes)
{
    std::vector<std::int64_t> shape;
    const json::value* value = reader.need(name);
    if (value == nullptr) return shape;
    if (!value->is_array() || value->get_array().empty() || value->get_array().size() > 8)
        return reader.fail(name, "must be an array of 1 to 8 axis sizes"), shape;
    for (const json::value& entry : value->get_array()) {
        boost::system::error_code error;
        const auto size = entry.is_number() ? entry.to_number<std::int64_t>(error) : 0;
        if (error || !(size > 0 || (freeAxes && size == -1)))
            return reader.fail(name, freeAxes ? "axis sizes are whole numbers above 0, or -1 for any"
                                              : "axis sizes are whole numbers above 0"),
                   shape;
        shape.push_back(size);
    }
    return shape;
}

std::vector<TensorSpec> readTensors(Reader& reader, std::string_view name, Status& status)
{
    std::vector<TensorSpec> specs;
    const json::value* value = reader.need(name);
    if (value == nullptr) return specs;
    if (!value->is_array() || value->get_array().empty() || value->get_array().size() > 64)
        return reader.fail(name, "must be an array of 1 to 64 tensors"), specs;
    for (const json::value& entry : value->get_array()) {
        const std::string path = reader.key(name) + "[" + std::to_string(specs.size()) + "]";
        if (!entry.is_object()) {
            if (status.ok()) status = wrong(path, "must be an object with name, datatype and shape");
            return specs;
        }
        Reader one(entry.get_object(), path, status);
        TensorSpec spec;
        spec.name = one.string("name", true);
        if (spec.name.empty()) one.fail("name", "must not be empty");
        if (!isWashed(spec.name, kNameBytesMax))
            one.fail("name", "must have at most " + std::to_string(kNameBytesMax) + " bytes, none of them invisible");
        const std::string type = one.string("datatype", true);
        if (const auto known = dataTypeOf(type))
            spec.type = *known;
        else
            one.fail("datatype", "'" + type + "' is not a KServe v2 datatype such as FP32 or INT64");
        spec.shape = readShape(one, "shape", true);
        if (!spec.shape.empty() && spec.shape.front() != -1) one.fail("shape", "axis 0 is the batch and must be -1");
        if (std::any_of(specs.begin(), specs.end(), [&](const TensorSpec& other) { return other.name == spec.name; }))
            one.fail("name", "'" + spec.name + "' is specified twice");
        one.refuseOthers();
        specs.push_back(std::move(spec));
    }
    return specs;
}

TokenizerConfig readTokenizer(const json::object& object, Status& status)
{
    TokenizerConfig tokenizer;
    Reader reader(object, "tokenizer", status);
    const std::string how = reader.string("kind", true);
    if (how == "hashed-ngrams") {
        tokenizer.how = TokenizerConfig::How::HashedNgrams;
        if (!reader.has("buckets")) reader.fail("buckets", "missing");
        reader.whole("buckets", tokenizer.buckets, 16, 1 << 24);
    } else if (how == "characters") {
        tokenizer.how = TokenizerConfig::How::Characters;
        tokenizer.alphabet = reader.string("alphabet", true);
        if (tokenizer.alphabet.empty()) reader.fail("alphabet", "must not be empty");
    } else {
        reader.fail("kind", "'" + how + "' is unknown; supported are hashed-ngrams and characters");
    }
    reader.refuseOthers();
    return tokenizer;
}

TextConfig readText(const json::object& object, Status& status)
{
    TextConfig text;
    Reader reader(object, "text", status);
    text.state = readShape(reader, "state", false);
    reader.whole("characters_per_token", text.charactersPerToken, 1, 64);
    reader.whole("prompt_max", text.promptMax, 1, 65536);
    reader.real("tokens_per_s", text.tokensPerS, 100'000.0);
    reader.refuseOthers();
    return text;
}

SyntheticConfig readSynthetic(const json::object& object, Status& status)
{
    SyntheticConfig synthetic;
    Reader reader(object, "synthetic", status);
    reader.real("fixed_ms", synthetic.fixedMs, kMsLimit);
    reader.real("row_ms", synthetic.rowMs, kMsLimit);
    reader.real("load_ms", synthetic.loadMs, kMsLimit);
    std::int64_t bytes = 0;
    reader.whole("bytes", bytes, 0, static_cast<std::int64_t>(kBytesLimit));
    synthetic.bytes = static_cast<std::uint64_t>(bytes);
    reader.flag("burns", synthetic.burns);
    reader.real("tokens_per_s", synthetic.tokensPerS, 100'000.0);
    reader.whole("embedding_size", synthetic.embeddingSize, 1, 65536);
    reader.refuseOthers();
    return synthetic;
}

/// Checks what a kind requires of the other fields.
void checkKind(const ModelConfig& config, Reader& reader)
{
    using How = TokenizerConfig::How;
    if (config.kind == ModelKind::Embedding) {
        if (config.tokenizer.how != How::HashedNgrams) reader.fail("tokenizer", "an embedding needs hashed-ngrams");
        if (config.inputs.size() != 1 || config.inputs[0].type != DataType::Bytes || config.inputs[0].shape.size() != 1)
            reader.fail("inputs", "an embedding has one input, BYTES [-1]");
        if (config.outputs.size() != 1 || config.outputs[0].type != DataType::Fp32 ||
            config.outputs[0].shape.size() != 2 || config.outputs[0].shape[1] < 1)
            reader.fail("outputs", "an embedding has one output, FP32 [-1, size]");
        return;
    }
    if (config.kind == ModelKind::Text) {
        if (config.tokenizer.how != How::Characters) reader.fail("tokenizer", "a text model needs characters");
        if (config.text.state.empty()) reader.fail("text.state", "a text model needs the shape of its state");
        return;
    }
    if (config.tokenizer.how != How::None) reader.fail("tokenizer", "only for kinds embedding and text");
    for (const auto* specs : {&config.inputs, &config.outputs})
        for (const TensorSpec& spec : *specs) {
            const bool torchHasNone =
                spec.type == DataType::Uint16 || spec.type == DataType::Uint32 || spec.type == DataType::Uint64;
            if (config.kind == ModelKind::Classifier && (torchHasNone || spec.type == DataType::Bytes))
                reader.fail(specs == &config.inputs ? "inputs" : "outputs",
                            "TorchScript has no " + std::string(nameOf(spec.type)) + " tensors ('" + spec.name + "')");
        }
}

}  // namespace

std::string_view ModelConfig::platform() const
{
    return kind == ModelKind::Synthetic ? "synthetic" : "pytorch_libtorch";
}

StatusOr<ModelConfig> parseModelConfig(std::string_view text)
{
    boost::system::error_code error;
    const json::value parsed = json::parse(json::string_view(text.data(), text.size()), error);
    if (error) return invalidArgument("config.json is not JSON: " + error.message());
    if (!parsed.is_object()) return invalidArgument("config.json must be an object");

    Status status;
    ModelConfig config;
    Reader reader(parsed.get_object(), "", status);
    const std::string kind = reader.string("kind", true);
    if (const ModelKind known = backend::modelKind(kind); known != ModelKind::Unknown)
        config.kind = known;
    else
        reader.fail("kind", "'" + kind + "' is unknown; supported are classifier, embedding, text and synthetic");

    config.description = washed(reader.string("description", false));
    if (reader.has("batch_max"))
        reader.whole("batch_max", config.batchMax, 1, kRowsLimit);
    else if (config.kind != ModelKind::Text)
        reader.fail("batch_max", "missing");
    if (config.kind == ModelKind::Text) config.inputMax = kPromptBytesMax;
    reader.whole("input_max", config.inputMax, 1, kInputBytesLimit);
    if (reader.has("input_max") && config.kind == ModelKind::Classifier)
        reader.fail("input_max", "only for models that read texts");
    const bool tensors = config.kind != ModelKind::Text;
    if (tensors || reader.has("inputs")) config.inputs = readTensors(reader, "inputs", status);
    if (tensors || reader.has("outputs")) config.outputs = readTensors(reader, "outputs", status);
    const std::string weights = reader.string("weights", false);
    if (!weights.empty() && weights != "FP16" && weights != "FP32") reader.fail("weights", "must be FP16 or FP32");
    config.halfWeights = weights == "FP16";
    reader.real("load_ms", config.loadMs, kMsLimit);
    if (reader.has("load_ms") && config.kind == ModelKind::Synthetic)
        reader.fail("load_ms", "a synthetic model has its own: synthetic.load_ms");
    if (const auto* tokenizer = reader.object("tokenizer")) config.tokenizer = readTokenizer(*tokenizer, status);
    if (const auto* own = reader.object("text")) config.text = readText(*own, status);
    if (const auto* own = reader.object("synthetic")) config.synthetic = readSynthetic(*own, status);
    if (reader.has("text") && config.kind != ModelKind::Text) reader.fail("text", "only for kind text");
    if (reader.has("synthetic") != (config.kind == ModelKind::Synthetic))
        reader.fail("synthetic", config.kind == ModelKind::Synthetic ? "missing" : "only for kind synthetic");
    reader.refuseOthers();
    checkKind(config, reader);
    if (!status.ok()) return status;
    return config;
}

}  // namespace millrace::runtime
