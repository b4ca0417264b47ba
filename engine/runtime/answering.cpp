// SPDX-License-Identifier: GPL-3.0-or-later
#include "runtime/answering.h"

#include "base/mutex.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <iterator>
#include <tuple>

namespace millrace::runtime {

bool PieceQueue::push(std::size_t choice, Piece piece)
{
    const std::size_t waiting = ++under_way_;
    Entry entry{choice, std::move(piece)};
    boost::asio::post(executor_, [self = shared_from_this(), taken = std::move(entry)]() mutable {
        if (self->closed_) return;
        self->entries_.push_back(std::move(taken));
        self->wake();
    });
    return waiting < most_;
}

void PieceQueue::wake()
{
    if (std::exchange(waiting_, false)) waiter_.set(true);
}

boost::asio::awaitable<std::vector<PieceQueue::Entry>> PieceQueue::take()
{
    auto self = shared_from_this();
    while (entries_.empty() && !closed_) {
        waiter_ = OneShot<bool>();
        waiting_ = true;
        auto waiter = waiter_;
        co_await waiter.wait();
    }
    std::vector<Entry> taken(std::make_move_iterator(entries_.begin()), std::make_move_iterator(entries_.end()));
    entries_.clear();
    const std::size_t before = under_way_.fetch_sub(taken.size());
    if (before >= most_)
        for (const auto& text : texts_) text->resume();
    co_return taken;
}

void PieceQueue::close()
{
    closed_ = true;
    entries_.clear();
    for (const auto& text : texts_) text->cancel();
    texts_.clear();
    wake();
}

namespace {

/// Collects the parts of one answer.
struct Embedding : std::enable_shared_from_this<Embedding> {
    using Vectors = std::vector<std::vector<float>>;

    explicit Embedding(Workers& given) : workers(given) {}

    Workers& workers;
    ModelShare model;
    std::vector<std::string> texts;
    std::function<bool()> gone;
    std::function<void(StatusOr<Vectors>)> done;
    Mutex mutex;
    Vectors vectors MILLRACE_GUARDED_BY(mutex);
    Status problem MILLRACE_GUARDED_BY(mutex);
    std::size_t next MILLRACE_GUARDED_BY(mutex) = 0;     // first text not assigned to a part
    std::size_t running MILLRACE_GUARDED_BY(mutex) = 0;  // parts in flight

    /// Assigns the next part. Empty: none left, or failed.
    std::pair<std::size_t, std::size_t> take() MILLRACE_REQUIRES(mutex)
    {
        const std::size_t from = next;
        if (!problem.ok()) return {from, from};
        std::size_t bytes = 0;
        while (next < texts.size() && next - from < static_cast<std::size_t>(model->config.batchMax)) {
            if (next > from && bytes + texts[next].size() > kEmbedBytesOfAPart) break;
            bytes += texts[next++].size();
        }
        return {from, next};
    }

    /// Runs one part on a worker, and queues the next.
    void work()
    {
        std::size_t from = 0, to = 0;
        {
            const MutexLock lock(mutex);
            if (gone && gone()) problem.Update(cancelled("the client disconnected"));
            std::tie(from, to) = take();
        }
        if (from < to) {
            const std::vector<std::string> some(texts.begin() + static_cast<std::ptrdiff_t>(from),
                                                texts.begin() + static_cast<std::ptrdiff_t>(to));
            StatusOr<Vectors> part = model->model->embed(some);
            const MutexLock lock(mutex);
            if (part.ok())
                std::move(part->begin(), part->end(), vectors.begin() + static_cast<std::ptrdiff_t>(from));
            else
                problem.Update(part.status());
        }
        StatusOr<Vectors> all;
        {
            const MutexLock lock(mutex);
            if (problem.ok() && next < texts.size()) return workers.turn([self = shared_from_this()] { self->work(); });
            if (--running > 0) return;
            if (problem.ok())
                all = std::move(vectors);
            else
                all = problem;
        }
        model.reset();  // before answering, so that a subsequent unload does not wait
        done(std::move(all));
    }
};

}  // namespace

Status checkTexts(const LoadedModel& model, const std::vector<std::string>& texts, const std::string& field)
{
    const auto most = static_cast<std::size_t>(model.config.inputMax);
    for (std::size_t at = 0; at < texts.size(); ++at)
        if (texts[at].size() > most)
            return withField(invalidArgument(field + (texts.size() > 1 ? "[" + std::to_string(at) + "]" : "") +
                                             " has " + std::to_string(texts[at].size()) + " bytes; model '" +
                                             model.name + "' accepts at most " + std::to_string(most) +
                                             " per text (input_max in its config.json); split it"),
                             field);
    return absl::OkStatus();
}

Status checkPrompts(const LoadedModel& model, const std::vector<GenerationRequest>& texts, const std::string& field)
{
    const auto most = static_cast<std::size_t>(model.config.promptBytesMax());
    for (std::size_t at = 0; at < texts.size(); ++at) {
        const std::size_t bytes = texts[at].writing.prompt.size();
        if (bytes <= most) continue;
        const std::string which = texts.size() > 1 ? "[" + std::to_string(at) + "]" : "";
        const std::string limit = model.config.kind == ModelKind::Text
                                      ? " (input_max in its config.json), and reads the last " +
                                            std::to_string(model.config.text.promptMax) +
                                            " characters (text.prompt_max)"
                                      : "";
        return withField(
            invalidArgument(field + which + " has " + std::to_string(bytes) + " bytes; model '" + model.name +
                            "' accepts at most " + std::to_string(most) + " per prompt" + limit + "; shorten it"),
            field);
    }
    return absl::OkStatus();
}

void embedAll(Workers& workers, ModelShare model, std::vector<std::string> texts, std::function<bool()> gone,
              std::function<void(StatusOr<std::vector<std::vector<float>>>)> done)
{
    auto whole = std::make_shared<Embedding>(workers);
    whole->model = std::move(model);
    whole->texts = std::move(texts);
    whole->gone = std::move(gone);
    whole->done = std::move(done);
    std::size_t bytes = 0;
    for (const std::string& text : whole->texts) bytes += text.size();
    const auto rows = static_cast<std::size_t>(whole->model->config.batchMax);
    const std::size_t parts = std::max((whole->texts.size() + rows - 1) / rows, bytes / kEmbedBytesOfAPart);
    const std::size_t atOnce = std::clamp<std::size_t>(parts, 1, workers.threads());
    {
        const MutexLock lock(whole->mutex);
        whole->vectors.resize(whole->texts.size());
        whole->running = atOnce;
    }
    const Status status = workers.submit([whole] { whole->work(); });
    if (!status.ok()) {
        whole->model.reset();
        return whole->done(status);
    }
    for (std::size_t more = 1; more < atOnce; ++more) workers.turn([whole] { whole->work(); });
}

}  // namespace millrace::runtime
