// SPDX-License-Identifier: GPL-3.0-or-later
#include "runtime/synthetic_model.h"

#include "runtime/load_time.h"
#include "runtime/random.h"
#include "runtime/tokenizer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <new>
#include <thread>

namespace millrace::runtime {

namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

/// Sleeps, and spins at the end, since a sleep overshoots by the kernel's timer slack.
constexpr auto kAwake = 60us;
constexpr std::size_t kPage = 4096;

Clock::duration ms(double value)
{
    return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double, std::milli>(value));
}

/// Row r of the output is row r of the input, truncated or repeated to the output's width.
void repeatRows(const Tensor& from, Tensor& into)
{
    const auto rows = static_cast<std::size_t>(std::max<std::int64_t>(1, into.rows()));
    if (into.type == DataType::Bytes) {
        into.strings.resize(static_cast<std::size_t>(*elementsOf(into.shape)));
        const std::size_t width = into.strings.size() / rows;
        const std::size_t given = from.strings.size() / rows;
        for (std::size_t at = 0; at < into.strings.size() && given > 0; ++at)
            into.strings[at] = from.strings[(at / width) * given + (at % width) % given];
        return;
    }
    into.bytes.resize(static_cast<std::size_t>(*elementsOf(into.shape)) * sizeOf(into.type));
    const std::size_t width = into.bytes.size() / rows;
    const std::size_t given = from.view().size() / rows;
    if (from.type != into.type || given == 0) return;
    for (std::size_t row = 0; row < rows; ++row)
        for (std::size_t at = 0; at < width; at += given)
            std::memcpy(into.bytes.data() + row * width + at, from.view().data() + row * given,
                        std::min(given, width - at));
}

class SyntheticWriting final : public Writing {
public:
    explicit SyntheticWriting(const WritingOptions& options)
        : random_(options.seed), promptTokens_(HashedNgrams::wordCount(options.prompt))
    {}
    StatusOr<std::string> next() override
    {
        static constexpr const char* kWords[] = {"water",  "wheel", "stone", "grain",
                                                 "sluice", "shaft", "flour", "mill"};
        const std::uint64_t pick = random_.below(std::size(kWords));
        return (count_++ == 0 ? "synthetic: " : " ") + std::string(kWords[pick]);
    }
    std::int64_t promptTokens() const override { return promptTokens_; }

private:
    Random random_;
    std::int64_t promptTokens_;
    std::int64_t count_ = 0;
};

}  // namespace

SyntheticModel::SyntheticModel(ModelConfig config) : config_(std::move(config)) {}

StatusOr<std::unique_ptr<Model>> SyntheticModel::load(const ModelConfig& config, const std::atomic<bool>& stop)
{
    const auto ready = Clock::now() + ms(config.synthetic.loadMs);
    std::unique_ptr<SyntheticModel> model(new SyntheticModel(config));
    const auto size = static_cast<std::size_t>(config.synthetic.bytes);
    if (size > 0) {
        model->ballast_.reset(new (std::nothrow) char[size]);
        if (!model->ballast_) return resourceExhausted("no memory for " + std::to_string(size) + " bytes");
        // Touches the pages, so that the memory is really allocated.
        for (std::size_t at = 0; at < size; at += kPage) model->ballast_[at] = 1;
    }
    if (Status waited = takeUntil(ready, stop); !waited.ok()) return waited;
    return std::unique_ptr<Model>(std::move(model));
}

void SyntheticModel::spend(std::int64_t rows) const
{
    const auto end = Clock::now() + ms(config_.synthetic.fixedMs + config_.synthetic.rowMs * static_cast<double>(rows));
    if (!config_.synthetic.burns && end - Clock::now() > kAwake) std::this_thread::sleep_until(end - kAwake);
    while (Clock::now() < end) {
    }
}

StatusOr<std::vector<Tensor>> SyntheticModel::run(const std::vector<Tensor>& inputs)
{
    const std::int64_t rows = inputs.front().rows();
    spend(rows);
    std::vector<Tensor> outputs;
    for (std::size_t at = 0; at < config_.outputs.size(); ++at) {
        const TensorSpec& spec = config_.outputs[at];
        Tensor output{spec.name, spec.type, spec.shape, {}, {}};
        output.shape.front() = rows;
        for (std::int64_t& size : output.shape)
            if (size < 0) size = 1;
        repeatRows(inputs[std::min(at, inputs.size() - 1)], output);
        outputs.push_back(std::move(output));
    }
    return outputs;
}

StatusOr<std::vector<std::vector<float>>> SyntheticModel::embed(const std::vector<std::string>& texts)
{
    spend(static_cast<std::int64_t>(texts.size()));
    const HashedNgrams hashed(config_.synthetic.embeddingSize);
    std::vector<std::vector<float>> vectors;
    for (const std::string& text : texts) {
        std::vector<float> vector(static_cast<std::size_t>(config_.synthetic.embeddingSize), 0.0F);
        for (const auto& feature : hashed.features(text))
            vector[static_cast<std::size_t>(feature.bucket)] += feature.weight;
        float square = 0.0F;
        for (const float value : vector) square += value * value;
        for (float& value : vector) value /= std::sqrt(std::max(square, 1e-12F));
        vectors.push_back(std::move(vector));
    }
    return vectors;
}

StatusOr<std::unique_ptr<Writing>> SyntheticModel::write(const WritingOptions& options)
{
    return std::unique_ptr<Writing>(std::make_unique<SyntheticWriting>(options));
}

}  // namespace millrace::runtime
