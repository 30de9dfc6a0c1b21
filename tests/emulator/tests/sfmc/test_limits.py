from concurrent.futures import ThreadPoolExecutor


def test_a_rate_limit_answers_429_with_retry_after(sfmc):
    sfmc.token()
    sfmc.emulator.set_switches({"sfmc.requests_per_second": 2})
    answers = [sfmc.get("/data/v1/customobjectdata/key/empty/rowset") for _ in range(6)]

    refused = [each for each in answers if each.status_code == 429]
    assert refused
    assert refused[0].headers["Retry-After"] == "1"
    assert refused[0].json()["errorcode"] == 50100


def test_too_many_requests_at_once_are_429_without_retry_after(sfmc):
    token = sfmc.token()
    sfmc.emulator.set_switches({"sfmc.max_concurrent_requests": 1})
    path = "/data/v1/customobjectdata/key/web-activity/rowset?$orderBy=UserAgent,PageURL"
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: sfmc.get(path, token=token), range(24)))

    refused = [each for each in answers if each.status_code == 429]
    assert refused
    assert "Retry-After" not in refused[0].headers
    assert refused[0].json()["errorcode"] == 50200
    assert any(each.status_code == 200 for each in answers)
