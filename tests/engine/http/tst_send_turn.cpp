// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/send_turn.h"

#include <QtTest>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <functional>
#include <memory>
#include <string>

using namespace millrace;
using http::SendTurn;

namespace {

struct Sender final : SendTurn::Sender {
    explicit Sender(std::function<void()> given) : send(std::move(given)) {}
    void sendAtEndOfTurn() override { send(); }
    std::function<void()> send;
};

struct Stage {
    std::shared_ptr<Sender> saying(const std::string& name)
    {
        return std::make_shared<Sender>([this, name] { said += name; });
    }

    net::io_context io;
    std::string said;
};

}  // namespace

class TestSendTurn : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void sendsOnceAllOfTheTurnIsDone();
    void whatIsAddedMeanwhileIsOfTheNextTurn();
    void sendsThoughItsOwnerIsGone();
    void aLoopThatEndsLetsGoOfThem();
    void manyTurnsLeaveNothingBehind();
};

void TestSendTurn::sendsOnceAllOfTheTurnIsDone()
{
    Stage stage;
    SendTurn turn(stage.io.get_executor());
    for (const char* name : {"a", "b", "c"}) {
        net::post(stage.io, [&stage, &turn, name] {
            stage.said += "+";
            turn.add(stage.saying(name));
        });
    }
    stage.io.run();
    QCOMPARE(stage.said, std::string("+++abc"));
}

void TestSendTurn::whatIsAddedMeanwhileIsOfTheNextTurn()
{
    Stage stage;
    SendTurn turn(stage.io.get_executor());
    turn.add(std::make_shared<Sender>([&] {
        stage.said += "a";
        turn.add(stage.saying("c"));
    }));
    turn.add(stage.saying("b"));
    stage.io.run_one();
    QCOMPARE(stage.said, std::string("ab"));
    stage.io.run();
    QCOMPARE(stage.said, std::string("abc"));
}

void TestSendTurn::sendsThoughItsOwnerIsGone()
{
    Stage stage;
    {
        SendTurn turn(stage.io.get_executor());
        turn.add(stage.saying("a"));
    }
    stage.io.run();
    QCOMPARE(stage.said, std::string("a"));
}

void TestSendTurn::aLoopThatEndsLetsGoOfThem()
{
    std::weak_ptr<Sender> held;
    std::string said;
    {
        Stage stage;
        SendTurn turn(stage.io.get_executor());
        auto sender = stage.saying("a");
        held = sender;
        turn.add(std::move(sender));
        stage.io.stop();
        said = stage.said;
    }
    QVERIFY(held.expired());
    QVERIFY(said.empty());
}

void TestSendTurn::manyTurnsLeaveNothingBehind()
{
    Stage stage;
    SendTurn turn(stage.io.get_executor());
    const auto sender = stage.saying("x");
    std::size_t added = 0;
    for (std::size_t i = 0; i < 1000; ++i) {
        for (std::size_t j = 0; j <= i % 70; ++j, ++added) turn.add(sender);
        stage.io.restart();
        stage.io.run();
    }
    QCOMPARE(sender.use_count(), 1L);
    QCOMPARE(stage.said.size(), added);
}

QTEST_GUILESS_MAIN(TestSendTurn)
#include "tst_send_turn.moc"
