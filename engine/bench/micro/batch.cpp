// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/check.h"
#include "batch/lane.h"
#include "batch/list_answer.h"
#include "batch/list_request.h"
#include "batch/merge.h"
#include "batch/reorder_buffer.h"
#include "batch/size_controller.h"
#include "bench/micro/suites.h"
#include "inference.pb.h"

#include <benchmark/benchmark.h>
#include <string>
#include <vector>

namespace millrace::bench::micro {

namespace {

using namespace millrace::batch;

constexpr TimePoint kStart = TimePoint{} + 1h;
constexpr std::int64_t kPixels = 784, kClasses = 10, kEmbedding = 384;

// ---- lane and size ----

Lane::Options laneOptions()
{
    Lane::Options options;
    options.inFlightMax = 1;
    return options;
}

/// The backend is free, so that each request leaves alone and comes back.
void laneAlone(benchmark::State& state)
{
    Lane lane(laneOptions());
    TimePoint now = kStart;
    for (auto _ : state) {
        lane.add({.key = 1, .rows = 1, .at = now, .deadline = now + 10s});
        const auto left = lane.next(now);
        now += 1ms;
        lane.returned(now, left->rows, 1ms);
    }
}

/// Requests gather while a batch runs, with the question asked after each; then they leave together.
void laneFill(benchmark::State& state)
{
    Lane lane(laneOptions());
    TimePoint now = kStart;
    lane.add({.key = 0, .rows = 1, .at = now});
    lane.next(now);
    std::uint32_t running = 1;
    for (auto _ : state) {
        for (std::int64_t i = 0; i < state.range(0); ++i) {
            now += 10us;
            lane.add({.key = 1, .rows = 1, .at = now, .deadline = now + 10s});
            benchmark::DoNotOptimize(lane.next(now));
            benchmark::DoNotOptimize(lane.wakeAt());
        }
        lane.returned(now, running, 1ms);
        running = lane.next(now)->rows;
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}

/// A request comes and is withdrawn while others wait for the backend.
void laneRemove(benchmark::State& state)
{
    Lane lane(laneOptions());
    lane.add({.key = 0, .rows = 1, .at = kStart});
    lane.next(kStart);
    for (std::int64_t i = 0; i < state.range(0); ++i) lane.add({.key = 1, .rows = 1, .at = kStart});
    for (auto _ : state) lane.remove(lane.add({.key = 2, .rows = 1, .at = kStart, .deadline = kStart + 10s}));
}

void order(benchmark::State& state)
{
    ReorderBuffer<std::uint64_t> keeper;
    keeper.setEnabled(true);
    const auto release = [](std::uint64_t, std::uint64_t answer) { benchmark::DoNotOptimize(answer); };
    for (auto _ : state) {
        const auto first = keeper.dispatch(), second = keeper.dispatch();
        keeper.answer(second, 2, release);
        keeper.answer(first, 1, release);
    }
}

/// A batch came back; one of kWindow makes the controller decide.
void sizeController(benchmark::State& state)
{
    SizeController controller(SizeController::Options{});
    CostModel cost;
    std::uint32_t rows = 40;
    for (auto _ : state) {
        rows = rows == 100 ? 40 : rows + 1;
        cost.add(rows, 2ms + rows * 20us);
        benchmark::DoNotOptimize(
            controller.add({.rows = rows, .filled = rows > 90, .latency = 10ms, .run = 4ms}, cost.fit()));
    }
}

// ---- KServe tensors ----

InferRequest digits(std::int64_t rows)
{
    InferRequest request;
    request.set_model_name("digits-s");
    request.set_id("42");
    auto* input = request.add_inputs();
    input->set_name("x");
    input->set_datatype("FP32");
    input->add_shape(rows);
    input->add_shape(kPixels);
    request.add_raw_input_contents(std::string(static_cast<std::size_t>(rows * kPixels) * sizeof(float), '\x3d'));
    return request;
}

InferResponse classes(std::int64_t rows)
{
    InferResponse answer;
    answer.set_model_name("digits-s");
    auto* output = answer.add_outputs();
    output->set_name("scores");
    output->set_datatype("FP32");
    output->add_shape(rows);
    output->add_shape(kClasses);
    answer.add_raw_output_contents(std::string(static_cast<std::size_t>(rows * kClasses) * sizeof(float), '\x3d'));
    return answer;
}

/// Requests of one row each.
struct Members {
    explicit Members(std::int64_t count) : requests(static_cast<std::size_t>(count), digits(1))
    {
        for (const InferRequest& request : requests) all.push_back(&request);
    }
    std::vector<InferRequest> requests;
    std::vector<const InferRequest*> all;
};

void kserveSignature(benchmark::State& state)
{
    const InferRequest request = digits(1);
    for (auto _ : state) benchmark::DoNotOptimize(mergeable(request));
}

void kserveMerge(benchmark::State& state)
{
    const Members members(state.range(0));
    MR_CHECK(merge(members.all)->inputs(0).shape(0) == state.range(0));
    for (auto _ : state) benchmark::DoNotOptimize(merge(members.all));
    state.SetItemsProcessed(state.iterations() * state.range(0));
    state.SetBytesProcessed(state.iterations() * state.range(0) * kPixels * 4);
}

void kserveSplit(benchmark::State& state)
{
    const Members members(state.range(0));
    const InferResponse answer = classes(state.range(0));
    MR_CHECK(split(answer, members.all).ok());
    for (auto _ : state) benchmark::DoNotOptimize(split(answer, members.all));
    state.SetItemsProcessed(state.iterations() * state.range(0));
}

// ---- OpenAI embeddings ----

std::string embeddingsBody()
{
    std::string text;
    while (text.size() < 200) text += "The quick brown fox \\u00e9 jumps. ";
    return R"({"model":"embed-mini","encoding_format":"float","input":[")" + text + R"("]})";
}

struct EmbeddingsMembers {
    explicit EmbeddingsMembers(std::int64_t count)
    {
        for (std::int64_t i = 0; i < count; ++i) {
            auto parsed = ListRequest::parse(embeddingsBody());
            MR_CHECK(parsed.ok());
            requests.push_back(*std::move(parsed));
        }
        for (const ListRequest& request : requests) all.push_back(&request);
    }
    std::vector<ListRequest> requests;
    std::vector<const ListRequest*> all;
};

std::string embeddingsAnswer(std::int64_t rows)
{
    std::string out = R"({"object":"list","model":"embed-mini","data":[)";
    for (std::int64_t row = 0; row < rows; ++row) {
        out += (row ? "," : "") + std::string(R"({"object":"embedding","index":)") + std::to_string(row);
        out += R"(,"embedding":[)";
        for (std::int64_t i = 0; i < kEmbedding; ++i) out += i ? ",-0.01234567" : "0.1234567";
        out += "]}";
    }
    return out + R"(],"usage":{"prompt_tokens":)" + std::to_string(rows * 50) + R"(,"total_tokens":)" +
           std::to_string(rows * 50) + "}}";
}

void embeddingsParse(benchmark::State& state)
{
    const std::string body = embeddingsBody();
    for (auto _ : state) benchmark::DoNotOptimize(ListRequest::parse(body));
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}

void embeddingsMerge(benchmark::State& state)
{
    const EmbeddingsMembers members(state.range(0));
    for (auto _ : state) benchmark::DoNotOptimize(merge(members.all));
    state.SetItemsProcessed(state.iterations() * state.range(0));
}

void embeddingsSplit(benchmark::State& state)
{
    const EmbeddingsMembers members(state.range(0));
    const std::string answer = embeddingsAnswer(state.range(0));
    MR_CHECK(split(answer, members.all).ok());
    for (auto _ : state) benchmark::DoNotOptimize(split(answer, members.all));
    state.SetItemsProcessed(state.iterations() * state.range(0));
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(answer.size()));
}

}  // namespace

void addBatch()
{
    using benchmark::RegisterBenchmark;
    RegisterBenchmark("batch/lane/alone", laneAlone);
    RegisterBenchmark("batch/lane/fill", laneFill)->Arg(16)->Arg(100);
    RegisterBenchmark("batch/lane/add_remove", laneRemove)->Arg(10)->Arg(1000);
    RegisterBenchmark("batch/order/two_swapped", order);
    RegisterBenchmark("batch/size/add", sizeController);
    RegisterBenchmark("batch/kserve/signature", kserveSignature);
    RegisterBenchmark("batch/kserve/merge", kserveMerge)->Arg(1)->Arg(16)->Arg(128);
    RegisterBenchmark("batch/kserve/split", kserveSplit)->Arg(1)->Arg(16)->Arg(128);
    RegisterBenchmark("batch/embeddings/parse", embeddingsParse);
    RegisterBenchmark("batch/embeddings/merge", embeddingsMerge)->Arg(1)->Arg(16)->Arg(128);
    RegisterBenchmark("batch/embeddings/split", embeddingsSplit)->Arg(1)->Arg(16)->Arg(128);
}

}  // namespace millrace::bench::micro
