// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewmodels/sample_load.h"

#include "control.pb.h"
#include "viewmodels/sample_call.h"

#include <csignal>
#include <sys/prctl.h>

namespace millrace::desktop {
namespace {

constexpr int kEndMs = 300;  // it exits at once on SIGTERM

}  // namespace

SampleLoad::SampleLoad(Session& session, QString program, QStringList arguments, QObject* parent)
    : QObject(parent),
      session_(session),
      program_(std::move(program)),
      arguments_(std::move(arguments)),
      state_(program_.isEmpty() ? Unavailable : Stopped)
{
    connect(&session_, &Session::ticked, this, &SampleLoad::refresh);
    connect(&session_, &Session::staleChanged, this, &SampleLoad::changed);
    connect(&session_.client(), &EngineClient::attached, this, [this](const control::Status& status) {
        // The engine may have come back at another address; it is connected a moment after this.
        if (state_ != Running || QString::fromStdString(status.http()) == address_) return;
        stop();
        again_ = true;
    });
}

SampleLoad::~SampleLoad()
{
    end();
}

bool SampleLoad::isStartable() const
{
    return (state_ == Stopped || state_ == Failed) && session_.isWritable() && !session_.isDemo() &&
           !session_.status().http().empty() && anyModel_;
}

QString SampleLoad::text() const
{
    switch (state_) {
        case Running:
            if (session_.isStale()) return tr("The sample load is waiting for the engine.");
            if (!anyModel_) return tr("The sample load is running, but no model is available to answer it.");
            return tr("Sample load is running: simulated clients send requests to %1.").arg(address_);
        case Failed:
            return tr("The sample load ended: %1").arg(problem_);
        case Stopped:
            if (!anyModel_) return tr("No request has been served yet: no model is available.");
            return tr("No request has been served yet. A sample load shows the engine at work.");
        case Unavailable:
            return tr("No request has been served yet.");
    }
    return {};
}

void SampleLoad::refresh()
{
    const bool anyModel = hasModelToCall(session_.frame());
    const bool other = anyModel != anyModel_;
    anyModel_ = anyModel;
    if (again_ && isStartable()) start();
    const auto& flow = session_.frame().flow();
    const bool wanted = session_.frame().has_flow() && flow.requests_total() == 0 && flow.requests_in_flight() == 0;
    if (wanted == wanted_ && !other) return;
    wanted_ = wanted;
    Q_EMIT changed();
}

void SampleLoad::setState(State state)
{
    state_ = state;
    Q_EMIT changed();
}

void SampleLoad::start()
{
    if (!isStartable()) return;
    again_ = false;
    address_ = QString::fromStdString(session_.status().http());
    process_ = std::make_unique<QProcess>();
    process_->setProgram(program_);
    process_->setArguments(arguments_ + QStringList{QStringLiteral("--http"), address_});
    process_->setStandardOutputFile(QProcess::nullDevice());
    process_->setStandardInputFile(QProcess::nullDevice());
    // A console that is killed takes it along.
    process_->setChildProcessModifier([] { ::prctl(PR_SET_PDEATHSIG, SIGTERM); });
    connect(process_.get(), &QProcess::finished, this, &SampleLoad::onFinished);
    connect(process_.get(), &QProcess::errorOccurred, this, [this](QProcess::ProcessError error) {
        if (error == QProcess::FailedToStart) onFinished();
    });
    setState(Running);
    process_->start(QIODevice::ReadOnly);
}

void SampleLoad::onFinished()
{
    if (state_ != Running) return;
    const QByteArray said = process_->readAllStandardError().trimmed();
    const bool crashed = process_->exitStatus() == QProcess::CrashExit;  // what it said before is not the reason
    problem_ =
        said.isEmpty() || crashed ? process_->errorString() : QString::fromUtf8(said.split('\n').last()).left(300);
    setState(Failed);
    Q_EMIT session_.notice(text(), true);
}

void SampleLoad::end()
{
    if (!process_) return;
    process_->disconnect(this);
    process_->terminate();
    if (process_->state() != QProcess::NotRunning && !process_->waitForFinished(kEndMs)) process_->kill();
    process_.reset();
}

void SampleLoad::stop()
{
    if (state_ != Running && state_ != Failed) return;
    end();
    again_ = false;
    problem_.clear();
    setState(Stopped);
}

void SampleLoad::restart()
{
    stop();
    start();
}

}  // namespace millrace::desktop
