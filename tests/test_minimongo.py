"""The stand-in answers PyMongo as MongoDB does, in what Sacred and Omniboard ask for.

Where `mongod` is on the PATH, it is held to the same expectations.
"""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import gridfs
import pymongo
import pytest
from bson import ObjectId, Regex
from pymongo.errors import DuplicateKeyError, OperationFailure
from support.servers import MongoServer

PROGRAMS = [None, *filter(None, [shutil.which("mongod")])]
RUNS = [
    {"_id": 1, "status": "COMPLETED", "config": {"learning_rate": 0.001, "rnn_units": [256, 256]}},
    {"_id": 2, "status": "FAILED", "config": {"learning_rate": 0.01, "rnn_units": [128]}},
    {"_id": 10, "status": "RUNNING", "config": {"learning_rate": 1, "rnn_units": []}},
    {"_id": 11, "status": None, "config": {"optimizer": "adam", "restore_model": True}},
]


@pytest.fixture(scope="module", params=PROGRAMS, ids=lambda program: program or "stand-in")
def server(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MongoServer]:
    server = MongoServer(tmp_path_factory.mktemp("mongo"), mongod=request.param)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def database(server: MongoServer, request: Any) -> Iterator[Any]:
    """An empty database."""
    with pymongo.MongoClient(server.url) as client:
        client.drop_database("test")
        yield client["test"]


@pytest.fixture
def runs(database: Any) -> Any:
    """The collection `runs` with the four of `RUNS`."""
    database.runs.insert_many(RUNS)
    return database.runs


def ids(documents: Any) -> list[Any]:
    return [document["_id"] for document in documents]


def test_a_document_comes_back_as_it_was_put_in(database: Any) -> None:
    document = {
        "_id": ObjectId(),
        "text": "Gänsefüßchen",
        "numbers": [1, 2**40, 1.5, float("inf")],
        "nested": {"a.b": None, "truth": True, "empty": {}},
        "bytes": b"\x00\xff",
        "when": datetime(2026, 3, 1, 12, 30, 15, 250000),
    }

    database.things.insert_one(document)

    assert database.things.find_one({"_id": document["_id"]}) == document
    assert database.things.find_one({"_id": "another"}) is None


def test_a_document_without_an_id_is_given_one(database: Any) -> None:
    inserted = database.things.insert_one({"name": "a"}).inserted_id

    assert isinstance(inserted, ObjectId)
    assert database.things.find_one()["_id"] == inserted


@pytest.mark.parametrize("again", [1, 1.0])
def test_an_id_is_taken_once(runs: Any, again: float) -> None:
    with pytest.raises(DuplicateKeyError, match="E11000 duplicate key error"):
        runs.insert_one({"_id": again})

    assert runs.find_one({"_id": 1}) == RUNS[0]


def test_unordered_inserts_go_on_after_an_error(runs: Any) -> None:
    with pytest.raises(pymongo.errors.BulkWriteError, match="E11000"):
        runs.insert_many([{"_id": 1}, {"_id": 12}], ordered=False)

    assert ids(runs.find()) == [1, 2, 10, 11, 12]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({}, [1, 2, 10, 11]),
        ({"_id": 2}, [2]),
        ({"_id": 2, "status": "RUNNING"}, []),
        ({"config.learning_rate": 0.01}, [2]),
        ({"config.learning_rate": {"$lt": 0.01}}, [1]),
        ({"config.learning_rate": {"$gte": 0.01, "$lte": 1}}, [2, 10]),
        ({"config.rnn_units": 256}, [1]),
        ({"config.rnn_units": [128]}, [2]),
        ({"status": {"$in": ["FAILED", "RUNNING"]}}, [2, 10]),
        ({"status": {"$nin": ["FAILED", "RUNNING"]}}, [1, 11]),
        ({"status": {"$ne": "FAILED"}}, [1, 10, 11]),
        ({"status": None}, [11]),
        ({"config.learning_rate": None}, [11]),
        ({"config.learning_rate": {"$exists": True}}, [1, 2, 10]),
        ({"config.learning_rate": {"$type": "number"}}, [1, 2, 10]),
        ({"config.learning_rate": {"$type": "double"}}, [1, 2]),
        ({"config.restore_model": {"$type": "number"}}, []),
        ({"config.restore_model": {"$type": "bool"}}, [11]),
        ({"config.optimizer": {"$regex": "^AD", "$options": "i"}}, [11]),
        ({"config.optimizer": Regex("m$")}, [11]),
        ({"config.optimizer": {"$not": {"$regex": "^a"}}}, [1, 2, 10]),
        ({"$or": [{"_id": 1}, {"status": "RUNNING"}]}, [1, 10]),
        ({"$and": [{"_id": {"$gt": 1}}, {"_id": {"$lt": 11}}]}, [2, 10]),
        ({"$nor": [{"_id": 1}, {"_id": 2}]}, [10, 11]),
        ({"$expr": {"$gt": ["$config.learning_rate", 0.005]}}, [2, 10]),
    ],
)
def test_filters(runs: Any, condition: dict[str, Any], expected: list[int]) -> None:
    assert ids(runs.find(condition)) == expected
    assert runs.count_documents(condition) == len(expected)


def test_an_unknown_operator_is_named(runs: Any) -> None:
    with pytest.raises(OperationFailure, match=r"\$almost"):
        list(runs.find({"_id": {"$almost": 2}}))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"sort": [("_id", -1)]}, [11, 10, 2, 1]),
        ({"sort": [("_id", -1)], "limit": 1}, [11]),
        ({"sort": [("_id", 1)], "skip": 1, "limit": 2}, [2, 10]),
        # Nothing, then numbers as numbers.
        ({"sort": [("config.learning_rate", 1)]}, [11, 1, 2, 10]),
        ({"sort": [("status", -1), ("_id", -1)]}, [10, 2, 1, 11]),
    ],
)
def test_sorting_and_limits(runs: Any, options: dict[str, Any], expected: list[int]) -> None:
    assert ids(runs.find(**options)) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"status": 1}, {"_id": 1, "status": "COMPLETED"}),
        ({"config.learning_rate": 1, "_id": 0}, {"config": {"learning_rate": 0.001}}),
        ({"config": 0, "status": 0}, {"_id": 1}),
        ({"_id": 1}, {"_id": 1}),
    ],
)
def test_projections(runs: Any, fields: dict[str, int], expected: dict[str, Any]) -> None:
    assert runs.find_one({"_id": 1}, fields) == expected


def test_many_documents_come_in_several_batches(database: Any) -> None:
    database.things.insert_many({"_id": number, "text": "x" * 1000} for number in range(2500))

    assert ids(database.things.find()) == list(range(2500))
    assert ids(database.things.find(batch_size=7).limit(30)) == list(range(30))
    assert database.things.estimated_document_count() == 2500


def test_an_update_sets_adds_and_removes_fields(runs: Any) -> None:
    update = {
        "$set": {"status": "COMPLETED", "result.cer": 0.1},
        "$inc": {"config.learning_rate": 0.5},
        "$max": {"heartbeat": 5},
        "$unset": {"config.rnn_units": ""},
    }

    result = runs.update_one({"_id": 10}, update)

    assert (result.matched_count, result.modified_count, result.upserted_id) == (1, 1, None)
    assert runs.find_one({"_id": 10}) == {
        "_id": 10,
        "status": "COMPLETED",
        "config": {"learning_rate": 1.5},
        "result": {"cer": 0.1},
        "heartbeat": 5,
    }


def test_an_update_that_changes_nothing_says_so(runs: Any) -> None:
    result = runs.update_many({}, {"$set": {"status": "FAILED"}})

    assert (result.matched_count, result.modified_count) == (4, 3)


def test_elements_are_pushed_as_sacred_pushes_metrics(database: Any) -> None:
    key = {"run_id": 1, "name": "val_cer"}

    first = database.metrics.update_one(key, {"$push": {"values": {"$each": [0.5]}}}, upsert=True)
    second = database.metrics.update_one(
        key, {"$push": {"values": {"$each": [0.4, 0.4]}}}, upsert=True
    )

    assert isinstance(first.upserted_id, ObjectId) and second.upserted_id is None
    assert list(database.metrics.find()) == [
        {"_id": first.upserted_id, **key, "values": [0.5, 0.4, 0.4]}
    ]


def test_elements_are_added_once_and_pulled(runs: Any) -> None:
    runs.update_one({"_id": 1}, {"$addToSet": {"tags": {"$each": ["a", "b", "a"]}}})
    runs.update_one({"_id": 1}, {"$addToSet": {"tags": "b"}, "$pull": {"config.rnn_units": 256}})

    changed = runs.find_one({"_id": 1})

    assert changed["tags"] == ["a", "b"]
    assert changed["config"]["rnn_units"] == []


def test_an_upsert_takes_the_fields_of_its_filter_and_those_for_an_insert(database: Any) -> None:
    for value in (1, 2):
        database.things.update_one(
            {"_id": "x", "size": {"$gt": 0}},
            {"$set": {"size": value}, "$setOnInsert": {"first": value}},
            upsert=True,
        )

    assert list(database.things.find()) == [{"_id": "x", "size": 2, "first": 1}]


def test_an_id_cannot_be_changed(runs: Any) -> None:
    with pytest.raises(OperationFailure, match="immutable field '_id'"):
        runs.update_one({"_id": 1}, {"$set": {"_id": 99}})


def test_a_document_is_replaced(runs: Any) -> None:
    replaced = runs.replace_one({"_id": 2}, {"status": "new"})
    added = runs.replace_one({"_id": 3}, {"status": "added"}, upsert=True)

    assert (replaced.modified_count, added.upserted_id) == (1, 3)
    assert runs.find_one({"_id": 2}) == {"_id": 2, "status": "new"}
    assert runs.find_one({"_id": 3}) == {"_id": 3, "status": "added"}


def test_find_and_update_answers_with_the_old_or_the_new_document(runs: Any) -> None:
    update = {"$set": {"omniboard.tags": ["good"]}}

    before = runs.find_one_and_update({"_id": 1}, update)
    after = runs.find_one_and_update(
        {"_id": 2}, update, return_document=pymongo.ReturnDocument.AFTER
    )
    added = runs.find_one_and_update(
        {"_id": 50}, {"$inc": {"last": 1}}, upsert=True, return_document=True
    )

    assert before == RUNS[0]
    assert after == {**RUNS[1], "omniboard": {"tags": ["good"]}}
    assert added == {"_id": 50, "last": 1}
    assert runs.find_one_and_delete({"status": "none"}) is None
    assert runs.find_one_and_delete({"_id": 50}) == added
    assert runs.find_one({"_id": 50}) is None


def test_one_or_many_are_deleted(runs: Any) -> None:
    one = runs.delete_one({"_id": {"$gt": 0}})
    many = runs.delete_many({"_id": {"$gt": 2}})

    assert (one.deleted_count, many.deleted_count) == (1, 2)
    assert ids(runs.find()) == [2]


def test_collections_are_named_and_dropped(runs: Any) -> None:
    runs.database.other.insert_one({})

    names = set(runs.database.list_collection_names())
    runs.drop()

    assert names == {"runs", "other"}
    assert runs.database.list_collection_names() == ["other"]
    assert runs.count_documents({}) == 0


def test_distinct_values_go_into_arrays(runs: Any) -> None:
    assert sorted(runs.distinct("config.rnn_units")) == [128, 256]
    assert runs.distinct("status", {"_id": {"$lt": 10}}) == ["COMPLETED", "FAILED"]


def test_making_an_index_does_no_harm(runs: Any) -> None:
    runs.create_index([("status", 1)])

    assert runs.count_documents({}) == 4


def test_files_of_gridfs_are_put_found_and_deleted(database: Any) -> None:
    files = gridfs.GridFS(database)
    # More than one chunk of 255 KB.
    picture = bytes(range(256)) * 3000
    kept = files.put(picture, filename="artifact://runs/1/a.png", content_type="image/png")
    gone = files.put(b"other", filename="artifact://runs/1/b.txt")

    files.delete(gone)

    assert files.get(kept).read() == picture
    entry = database.fs.files.find_one({"_id": kept})
    assert (entry["filename"], entry["contentType"]) == ("artifact://runs/1/a.png", "image/png")
    assert not files.exists(gone) and files.exists(filename="artifact://runs/1/a.png")
    assert database.fs.chunks.count_documents({}) == 3


def test_sacreds_duration_and_death_are_computed(database: Any) -> None:
    start = datetime(2026, 3, 1, 12)
    database.runs.insert_many(
        [
            {"_id": 1, "status": "RUNNING", "start_time": start},
            {"_id": 2, "start_time": start, "heartbeat": start + timedelta(seconds=90)},
        ]
    )
    silence = {"$subtract": [start + timedelta(hours=1), {"$ifNull": ["$heartbeat", start]}]}
    dead = {"$and": [{"$eq": ["$status", "RUNNING"]}, {"$gt": [silence, 120000]}]}

    found = database.runs.aggregate(
        [
            {"$project": {"status": 1, "start_time": 1, "heartbeat": 1}},
            {
                "$addFields": {
                    "duration": {"$subtract": ["$heartbeat", "$start_time"]},
                    "status": {"$cond": {"if": dead, "then": "DEAD", "else": "$status"}},
                }
            },
            {"$project": {"heartbeat": 0, "start_time": 0}},
            {"$sort": {"_id": -1}},
        ]
    )

    assert list(found) == [
        {"_id": 2, "duration": 90000},
        {"_id": 1, "status": "DEAD", "duration": None},
    ]


def test_metrics_become_columns_of_their_runs(database: Any) -> None:
    cer, loss = ObjectId(), ObjectId()
    database.metrics.insert_many(
        [{"_id": cer, "name": "val.cer", "values": [0.5, 0.2]}, {"_id": loss, "name": "loss"}]
    )
    listed = [{"name": "val.cer", "id": str(cer)}, {"name": "loss", "id": str(loss)}]
    database.runs.insert_many([{"_id": 1, "info": {"metrics": listed}}, {"_id": 2}])
    joined = {
        "from": "metrics",
        "let": {"metric_id": {"$toObjectId": "$info.metrics.id"}},
        "pipeline": [{"$match": {"$expr": {"$eq": ["$_id", "$$metric_id"]}}}],
        "as": "metric",
    }
    underscored = {
        "$reduce": {
            "input": {"$split": ["$metric.name", "."]},
            "initialValue": "",
            "in": {
                "$concat": ["$$value", {"$cond": [{"$eq": ["$$value", ""]}, "", "_"]}, "$$this"]
            },
        }
    }
    pair = {"$cond": [{"$gt": ["$metric", None]}, {"k": "$$name", "v": "$metric"}, "$$none"]}
    variables = {"name": underscored, "none": {"k": "none", "v": ""}}
    named = {"$let": {"vars": variables, "in": pair}}
    values = "$metrics.val_cer.values"
    last = {"$arrayElemAt": [values, {"$subtract": [{"$size": values}, 1]}]}

    found = database.runs.aggregate(
        [
            {"$unwind": {"path": "$info.metrics", "preserveNullAndEmptyArrays": True}},
            {"$lookup": joined},
            {"$addFields": {"metric": {"$arrayElemAt": ["$metric", 0]}}},
            {"$group": {"_id": "$_id", "all": {"$push": named}, "run": {"$first": "$$ROOT"}}},
            {"$addFields": {"run.metrics": {"$arrayToObject": "$all"}}},
            {"$replaceRoot": {"newRoot": "$run"}},
            {
                "$project": {
                    "last": {
                        "$cond": [{"$and": [{"$isArray": values}, {"$size": values}]}, last, None]
                    },
                    "least": {"$min": values},
                    "mean": {"$avg": {"$slice": [values, -2]}},
                }
            },
            {"$sort": {"_id": 1}},
        ]
    )

    assert list(found) == [
        {"_id": 1, "last": 0.2, "least": 0.2, "mean": 0.35},
        {"_id": 2, "last": None, "least": None, "mean": None},
    ]


def test_groups_are_summed_and_counted(database: Any) -> None:
    database.things.insert_many(
        [{"kind": "a", "n": 1}, {"kind": "b", "n": 10}, {"kind": "a", "n": 2.5}, {"n": "text"}]
    )
    summed = {"_id": "$kind", "sum": {"$sum": "$n"}, "count": {"$sum": 1}, "most": {"$max": "$n"}}

    groups = database.things.aggregate([{"$group": summed}, {"$sort": {"_id": 1}}])
    [count] = database.things.aggregate([{"$match": {"kind": "a"}}, {"$count": "count"}])

    assert list(groups) == [
        {"_id": None, "sum": 0, "count": 1, "most": "text"},
        {"_id": "a", "sum": 3.5, "count": 2, "most": 2.5},
        {"_id": "b", "sum": 10, "count": 1, "most": 10},
    ]
    assert count == {"count": 2}


def test_a_collection_is_counted_as_the_driver_of_node_counts_it(runs: Any) -> None:
    total = {"_id": 1, "n": {"$sum": "$count"}}

    [counted] = runs.aggregate([{"$collStats": {"count": {}}}, {"$group": total}])

    assert counted == {"_id": 1, "n": 4}


def test_stages_and_expressions_that_are_not_known_are_named(runs: Any) -> None:
    with pytest.raises(OperationFailure, match=r"\$teleport"):
        runs.aggregate([{"$teleport": {}}])
    with pytest.raises(OperationFailure, match=r"\$levitate"):
        runs.aggregate([{"$project": {"x": {"$levitate": 1}}}])


def test_clients_at_the_same_time_get_different_ids(server: MongoServer, database: Any) -> None:
    """Sacred's way to a new id: the greatest plus one, again if it was taken."""

    def insert(_: int) -> int:
        while True:
            newest = next(database.runs.find({}, {"_id": 1}).sort("_id", -1).limit(1), {"_id": 0})
            try:
                return database.runs.insert_one({"_id": newest["_id"] + 1}).inserted_id
            except DuplicateKeyError:
                continue

    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(insert, range(40)))

    assert sorted(given) == list(range(1, 41))


@pytest.mark.parametrize("program", PROGRAMS)
def test_data_survives_a_kill_and_a_start_on_the_same_port(
    tmp_path: Path, program: str | None
) -> None:
    server = MongoServer(tmp_path / "data", mongod=program)
    server.start()
    with pymongo.MongoClient(server.url, serverSelectionTimeoutMS=200) as client:
        database = client["test"]
        database.runs.insert_many(RUNS)
        database.runs.update_one({"_id": 1}, {"$set": {"status": "changed"}})
        database.runs.delete_one({"_id": 2})
        picture = gridfs.GridFS(database).put(b"picture")
        server.kill()
        with pytest.raises(pymongo.errors.ConnectionFailure, match="refused|closed|reset"):
            database.runs.find_one()
        server.start()
        try:
            found = list(database.runs.find())
            content = gridfs.GridFS(database).get(picture).read()
        finally:
            server.kill()

    assert found == [{**RUNS[0], "status": "changed"}, RUNS[2], RUNS[3]]
    assert content == b"picture"
