// SPDX-License-Identifier: GPL-3.0-or-later
#include "runtime/torch_model.h"

#include "runtime/sampler.h"
#include "runtime/tokenizer.h"
#include "runtime/torch_plugin.h"

#include <torch/script.h>
#include <torch/version.h>

#include <ATen/Parallel.h>
#include <atomic>
#include <caffe2/serialize/read_adapter_interface.h>
#include <cstring>
#include <dlfcn.h>
#include <fstream>
#include <utility>

namespace millrace::runtime {

namespace {

std::atomic<int> threadsOfOneRun{1};

constexpr std::size_t kFeaturesOfARun = 16384;

/// OpenMP's number of threads is per calling thread, so every worker sets it.
void boundThisThread()
{
    thread_local int applied = 0;
    const int wanted = threadsOfOneRun.load();
    if (applied == wanted) return;
    at::set_num_threads(wanted);
    applied = wanted;
}

/// Otherwise libtorch profiles the first runs and then compiles for their shapes, which stalls traffic with varying
/// batch sizes.
class RunGuard {
public:
    RunGuard() { boundThisThread(); }

private:
    c10::InferenceMode inference_;
    torch::jit::GraphOptimizerEnabledGuard plain_{false};
};

/// Counts what the loading thread allocates from libtorch's allocator and does not free.
class LoadMeter final : public c10::MemoryReportingInfoBase {
public:
    void reportMemoryUsage(void*, std::int64_t size, std::int64_t, std::int64_t, c10::Device) override
    {
        kept_ += size;
    }
    bool memoryProfilingEnabled() const override { return true; }
    std::uint64_t kept() const { return static_cast<std::uint64_t>(std::max<std::int64_t>(0, kept_)); }

private:
    std::int64_t kept_ = 0;
};

std::string firstLines(const std::string& what)
{
    // Without the C++ trace that libtorch appends.
    const auto trace = what.find("\nException raised from");
    std::string text = what.substr(0, std::min<std::size_t>(trace, 800));
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
}

at::ScalarType scalarTypeOf(DataType type)
{
    switch (type) {
        case DataType::Bool:
            return at::kBool;
        case DataType::Uint8:
            return at::kByte;
        case DataType::Int8:
            return at::kChar;
        case DataType::Int16:
            return at::kShort;
        case DataType::Int32:
            return at::kInt;
        case DataType::Int64:
            return at::kLong;
        case DataType::Fp16:
            return at::kHalf;
        case DataType::Bf16:
            return at::kBFloat16;
        case DataType::Fp32:
            return at::kFloat;
        case DataType::Fp64:
            return at::kDouble;
        default:
            return at::ScalarType::Undefined;
    }
}

at::Tensor viewOf(const Tensor& tensor)
{
    // The model only reads it; from_blob has no const form. An output may be a view of it, and is sent after the run.
    return at::from_blob(
        const_cast<char*>(tensor.view().data()), tensor.shape, [owner = tensor.shared.owner()](void*) {},
        scalarTypeOf(tensor.type));
}

template <typename T>
at::Tensor viewOf(const std::vector<T>& values, at::ScalarType type)
{
    return at::from_blob(const_cast<T*>(values.data()), {static_cast<std::int64_t>(values.size())}, type);
}

std::vector<at::Tensor> tensorsOf(const c10::IValue& value)
{
    if (value.isTensor()) return {value.toTensor()};
    if (value.isTensorList()) return value.toTensorVector();
    std::vector<at::Tensor> tensors;
    if (value.isTuple())
        for (const c10::IValue& element : value.toTupleRef().elements())
            if (element.isTensor()) tensors.push_back(element.toTensor());
    return tensors;
}

StatusOr<Tensor> tensorOf(const at::Tensor& given, const TensorSpec& spec)
{
    if (given.scalar_type() != scalarTypeOf(spec.type))
        return invalidArgument("output '" + spec.name + "' is " + std::string(c10::toString(given.scalar_type())) +
                               ", config.json says " + std::string(nameOf(spec.type)));
    const at::Tensor whole = given.contiguous();
    Tensor tensor{spec.name, spec.type, whole.sizes().vec(), {}, {}};
    const auto kept = std::make_shared<const at::Tensor>(whole);
    tensor.shared = {kept, {static_cast<const char*>(kept->data_ptr()), kept->nbytes()}};
    if (Status status = fits(tensor, spec); !status.ok())
        return invalidArgument("output '" + spec.name + "' has shape " + describe(tensor.shape) +
                               ", config.json says " + describe(spec.shape));
    return tensor;
}

class TorchModel;

class TorchWriting final : public Writing {
public:
    TorchWriting(TorchModel& model, const WritingOptions& options)
        : model_(model), options_(options), random_(options.seed)
    {}
    Status begin();
    StatusOr<std::string> next() override;
    std::int64_t promptTokens() const override { return promptTokens_; }

private:
    void feed(const std::vector<std::int64_t>& tokens);

    TorchModel& model_;
    WritingOptions options_;
    Random random_;
    std::int64_t promptTokens_ = 0;
    at::Tensor state_;
    at::Tensor logits_;
};

class TorchModel final : public Model {
public:
    TorchModel(torch::jit::Module module, const ModelConfig& config)
        : config_(config),
          module_(std::move(module)),
          forward_(module_.get_method("forward")),
          ngrams_(std::max<std::int64_t>(1, config.tokenizer.buckets)),
          characters_(config.tokenizer.alphabet)
    {}

    StatusOr<std::vector<Tensor>> run(const std::vector<Tensor>& inputs) override
    {
        if (config_.kind == ModelKind::Text)
            return failedPrecondition("a text model is served by /v1/chat/completions");
        if (config_.kind == ModelKind::Embedding) return runEmbedding(inputs);
        return guarded<std::vector<Tensor>>([&]() -> StatusOr<std::vector<Tensor>> {
            std::vector<c10::IValue> arguments;
            for (const Tensor& input : inputs) arguments.emplace_back(viewOf(input));
            const std::vector<at::Tensor> given = tensorsOf(forward_(std::move(arguments)));
            if (given.size() != config_.outputs.size())
                return invalidArgument("forward() returns " + std::to_string(given.size()) +
                                       " tensors, config.json has " + std::to_string(config_.outputs.size()) +
                                       " outputs");
            std::vector<Tensor> outputs;
            for (std::size_t at = 0; at < given.size(); ++at) {
                StatusOr<Tensor> output = tensorOf(given[at], config_.outputs[at]);
                if (!output.ok()) return output.status();
                if (output->rows() != inputs.front().rows())
                    return invalidArgument("output '" + output->name + "' has " + std::to_string(output->rows()) +
                                           " rows for " + std::to_string(inputs.front().rows()));
                outputs.push_back(*std::move(output));
            }
            return outputs;
        });
    }

    StatusOr<std::vector<std::vector<float>>> embed(const std::vector<std::string>& texts) override
    {
        if (config_.kind != ModelKind::Embedding)
            return failedPrecondition("the model is a " + std::string(nameOf(config_.kind)) + ", not an embedding");
        auto vectors = vectorsOf(texts);
        if (!vectors.ok()) return vectors.status();
        std::vector<std::vector<float>> rows;
        const auto size = static_cast<std::size_t>(vectors->size(1));
        const float* values = vectors->data_ptr<float>();
        for (std::size_t row = 0; row < texts.size(); ++row)
            rows.emplace_back(values + row * size, values + (row + 1) * size);
        return rows;
    }

    StatusOr<std::unique_ptr<Writing>> write(const WritingOptions& options) override
    {
        if (config_.kind != ModelKind::Text)
            return failedPrecondition("the model is a " + std::string(nameOf(config_.kind)) +
                                      ", it does not generate text");
        auto writing = std::make_unique<TorchWriting>(*this, options);
        if (Status status = writing->begin(); !status.ok()) return status;
        return std::unique_ptr<Writing>(std::move(writing));
    }

    std::uint64_t bytes() const override { return bytes_; }
    void setBytes(std::uint64_t bytes) { bytes_ = bytes; }

    /// A trial run of one row, to check the model against its config.json.
    Status tryOnce()
    {
        if (config_.kind == ModelKind::Embedding) return embed({"one row to try"}).status();
        if (config_.kind == ModelKind::Text) {
            auto writing = write({"a", 0.0, 1.0, 0});
            return writing.ok() ? (*writing)->next().status() : writing.status();
        }
        std::vector<Tensor> inputs;
        for (const TensorSpec& spec : config_.inputs) {
            Tensor input{spec.name, spec.type, spec.shape, {}, {}};
            for (std::int64_t& size : input.shape)
                if (size < 0) size = 1;
            const auto count = elementsOf(input.shape);
            if (!count || *count > (std::uint64_t{1} << 30))
                return invalidArgument("input '" + spec.name + "' is too large: " + describe(spec.shape));
            input.bytes.assign(static_cast<std::size_t>(*count) * sizeOf(spec.type), '\0');
            inputs.push_back(std::move(input));
        }
        return run(inputs).status();
    }

    /// Runs `body`; whatever libtorch throws becomes Internal.
    template <typename T, typename Body>
    StatusOr<T> guarded(Body&& body)
    {
        try {
            const RunGuard guard;
            return body();
        } catch (const std::exception& error) {
            return internal("TorchScript: " + firstLines(error.what()));
        }
    }

    torch::jit::Method& forward() { return forward_; }
    const ModelConfig& config() const { return config_; }
    const Characters& characters() const { return characters_; }

private:
    /// In groups of texts, so that the tensors of a run stay small whatever the length.
    StatusOr<at::Tensor> vectorsOf(const std::vector<std::string>& texts)
    {
        return guarded<at::Tensor>([&]() -> StatusOr<at::Tensor> {
            std::vector<at::Tensor> parts;
            std::vector<std::int64_t> buckets;
            std::vector<std::int64_t> rows;
            std::vector<float> weights;
            std::int64_t count = 0;
            for (std::size_t row = 0; row < texts.size(); ++row) {
                for (const HashedNgrams::Feature& feature : ngrams_.features(texts[row])) {
                    buckets.push_back(feature.bucket);
                    rows.push_back(count);
                    weights.push_back(feature.weight);
                }
                ++count;
                if (buckets.size() < kFeaturesOfARun && row + 1 < texts.size()) continue;
                StatusOr<at::Tensor> part = embedFeatures(buckets, rows, weights, count);
                if (!part.ok()) return part.status();
                parts.push_back(*std::move(part));
                buckets.clear(), rows.clear(), weights.clear(), count = 0;
            }
            return parts.size() == 1 ? parts.front() : at::cat(parts);
        });
    }

    StatusOr<at::Tensor> embedFeatures(const std::vector<std::int64_t>& buckets, const std::vector<std::int64_t>& rows,
                                       const std::vector<float>& weights, std::int64_t count)
    {
        const c10::IValue value =
            forward_({viewOf(buckets, at::kLong), viewOf(rows, at::kLong), viewOf(weights, at::kFloat), count});
        const std::int64_t size = config_.outputs.front().shape[1];
        if (!value.isTensor() || value.toTensor().scalar_type() != at::kFloat ||
            value.toTensor().sizes() != at::IntArrayRef({count, size}))
            return invalidArgument("forward(buckets, rows, weights, count) must give FP32 [count," +
                                   std::to_string(size) + "]");
        return value.toTensor().contiguous();
    }

    StatusOr<std::vector<Tensor>> runEmbedding(const std::vector<Tensor>& inputs)
    {
        auto vectors = vectorsOf(inputs.front().strings);
        if (!vectors.ok()) return vectors.status();
        StatusOr<Tensor> output = tensorOf(*vectors, config_.outputs.front());
        if (!output.ok()) return output.status();
        std::vector<Tensor> outputs;
        outputs.push_back(*std::move(output));
        return outputs;
    }

    const ModelConfig config_;
    torch::jit::Module module_;
    torch::jit::Method forward_;
    const HashedNgrams ngrams_;
    const Characters characters_;
    std::uint64_t bytes_ = 0;
};

void TorchWriting::feed(const std::vector<std::int64_t>& tokens)
{
    const c10::IValue value = model_.forward()({viewOf(tokens, at::kLong), state_});
    if (!value.isTuple() || value.toTupleRef().elements().size() != 2)
        throw std::runtime_error("forward(tokens, state) must return (logits, state)");
    logits_ = value.toTupleRef().elements()[0].toTensor().contiguous();
    state_ = value.toTupleRef().elements()[1].toTensor();
    if (logits_.scalar_type() != at::kFloat || logits_.numel() != static_cast<std::int64_t>(model_.characters().size()))
        throw std::runtime_error("forward() must give one FP32 logit for each character of the alphabet");
}

Status TorchWriting::begin()
{
    const auto done = model_.guarded<bool>([&]() -> StatusOr<bool> {
        const TextConfig& text = model_.config().text;
        const auto read = Characters::tail(options_.prompt, static_cast<std::size_t>(text.promptMax));
        std::vector<std::int64_t> tokens = model_.characters().encode(read);
        promptTokens_ =
            (static_cast<std::int64_t>(tokens.size()) + text.charactersPerToken - 1) / text.charactersPerToken;
        if (tokens.empty()) tokens = model_.characters().encode("\n");
        state_ = at::zeros(text.state);
        feed(tokens);
        return true;
    });
    return done.status();
}

StatusOr<std::string> TorchWriting::next()
{
    return model_.guarded<std::string>([&]() -> StatusOr<std::string> {
        std::string piece;
        for (std::int64_t count = 0; count < model_.config().text.charactersPerToken; ++count) {
            const std::span<const float> logits(logits_.data_ptr<float>(), static_cast<std::size_t>(logits_.numel()));
            const std::size_t token = pickToken(logits, options_.temperature, options_.topP, random_);
            piece += model_.characters().character(token);
            feed({static_cast<std::int64_t>(token)});
        }
        return piece;
    });
}

/// The file for libtorch. After a stop it returns no more bytes, which ends the load.
class StoppableFile final : public caffe2::serialize::ReadAdapterInterface {
public:
    StoppableFile(const std::string& path, const LoadControl& control)
        : file_(path, std::ios::binary | std::ios::ate), control_(control)
    {
        if (!file_) throw std::runtime_error("the file cannot be opened");
        size_ = static_cast<std::size_t>(file_.tellg());
    }
    std::size_t size() const override { return size_; }
    std::size_t read(std::uint64_t from, void* into, std::size_t bytes, const char*) const override
    {
        constexpr std::size_t kPieceMax = 4 << 20;
        file_.clear();
        file_.seekg(static_cast<std::streamoff>(from));
        std::size_t got = 0;
        while (got < bytes && file_ && control_.mayGoOn()) {
            file_.read(static_cast<char*>(into) + got, static_cast<std::streamsize>(std::min(kPieceMax, bytes - got)));
            got += static_cast<std::size_t>(file_.gcount());
        }
        return got;
    }

private:
    mutable std::ifstream file_;
    const LoadControl& control_;
    std::size_t size_ = 0;
};

}  // namespace

StatusOr<std::unique_ptr<Model>> loadTorchModel(const std::string& file, const ModelConfig& config,
                                                const LoadControl& control)
{
    const auto stopped = [] { return cancelled("stopped while loading"); };
    try {
        boundThisThread();
        auto meter = std::make_shared<LoadMeter>();
        std::unique_ptr<TorchModel> model;
        {
            const c10::DebugInfoGuard metered(c10::DebugInfoKind::PROFILER_STATE, meter);
            const c10::InferenceMode inference;
            torch::jit::Module module =
                torch::jit::load(std::make_unique<StoppableFile>(file, control), c10::Device(c10::kCPU));
            if (!control.mayGoOn()) return stopped();
            module.eval();
            if (config.halfWeights) {
                for (at::Tensor weights : module.parameters())
                    if (weights.scalar_type() == at::kHalf) weights.set_data(weights.to(at::kFloat));
                for (at::Tensor weights : module.buffers())
                    if (weights.scalar_type() == at::kHalf) weights.set_data(weights.to(at::kFloat));
            }
            if (!control.mayGoOn()) return stopped();
            if (!module.find_method("forward")) return invalidArgument("model.pt has no method forward");
            model = std::make_unique<TorchModel>(std::move(module), config);
            if (Status status = model->tryOnce(); !status.ok())
                return invalidArgument("a trial run of one row failed: " + text(status));
        }
        model->setBytes(meter->kept());
        return std::unique_ptr<Model>(std::move(model));
    } catch (const std::exception& error) {
        if (control.stop) return stopped();
        return invalidArgument("not a TorchScript file that libtorch can load: " + firstLines(error.what()));
    }
}

void setTorchThreads(int threads)
{
    threadsOfOneRun.store(threads);
    using SetThreads = void (*)(int);
    if (void* blas = dlopen("libopenblas.so.0", RTLD_LAZY | RTLD_NOLOAD))
        if (const auto set = reinterpret_cast<SetThreads>(dlsym(blas, "openblas_set_num_threads"))) set(threads);
}

}  // namespace millrace::runtime

extern "C" __attribute__((visibility("default"))) const millrace::runtime::TorchPlugin* millrace_torch_plugin()
{
    static const millrace::runtime::TorchPlugin plugin{&millrace::runtime::loadTorchModel,
                                                       &millrace::runtime::setTorchThreads, TORCH_VERSION};
    return &plugin;
}
