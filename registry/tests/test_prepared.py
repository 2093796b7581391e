from django.test import TestCase
from django.utils import timezone

from oci.models import Repository
from oci.prepared import Insert, Prepared, Slot


class PreparedTests(TestCase):
    """What is written once gives what the ORM gives."""

    def setUp(self) -> None:
        for name in ("acme/shop", "acme/web", "o'hara"):
            Repository.objects.create(name=name)
        self.find = Prepared(lambda: Repository.objects.filter(name=Slot("name")).values_list("name"))

    def test_it_is_asked_with_other_values(self) -> None:
        for name in ("acme/shop", "o'hara", "acme/shop"):
            self.assertEqual(self.find(name=name), [(name,)])
        self.assertEqual(self.find(name="' OR '1'='1"), [])

    def test_values_of_its_own_stay(self) -> None:
        find = Prepared(
            lambda: Repository.objects.filter(name__gt=Slot("after"), name__startswith="acme/").values_list("name")
        )
        self.assertEqual(find(after="acme/shop"), [("acme/web",)])
        self.assertEqual(find(after=""), [("acme/shop",), ("acme/web",)])

    def test_a_slot_without_a_value(self) -> None:
        with self.assertRaises(KeyError):
            self.find(other="x")

    def test_one_query_each(self) -> None:
        self.find(name="acme/shop")
        with self.assertNumQueries(2):
            self.find(name="acme/shop")
            self.find(name="acme/web")


class InsertTests(TestCase):
    def test_a_row_is_written_once(self) -> None:
        insert = Insert(Repository, "name", "created_at")
        now = timezone.now()
        key = insert("acme/shop", now)
        self.assertIsNone(insert("acme/shop", timezone.now()))
        row = Repository.objects.get()
        self.assertEqual((row.pk, row.name, row.created_at), (key, "acme/shop", now))
