from django.db import migrations


class Migration(migrations.Migration):
    """An unfinished upload is its file (oci/storage/staging.py). Those that were begun before are begun again."""

    dependencies = [("oci", "0001_initial")]

    operations = [migrations.DeleteModel(name="Upload")]
